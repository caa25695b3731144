-- Wireshark and tshark: what vcplane sends, decoded.
--
--   tshark -X lua_script:vcplane.lua -r FILE       or copy it to ~/.local/lib/wireshark/plugins
--
-- The signaling label (by default 21) carries SSCOP and in it Q.2931; data labels (by default 64 to
-- 65535) carry AAL5 SDUs, for which Wireshark has a dissector of its own. Each frame begins with the
-- control word of RFC 4717, whose length takes Ethernet's padding off again. SSCOP has its fields at
-- a PDU's end, so nothing but that length finds them.
--
-- Labels that are not the defaults: Edit, Preferences, Protocols, VCPLANE; or with
--   -o vcplane.signaling_label:LABEL -o vcplane.data_labels:FIRST-LAST

local CONTROL_WORD_BYTES = 4
local LENGTH_IS_COUNTED_BELOW = 64

local vcplane = Proto("vcplane", "vcplane signaling VC")

local field = {
  word = ProtoField.uint32("vcplane.control_word", "Control word", base.HEX),
  oam = ProtoField.bool("vcplane.oam", "OAM cell (T)", 32, nil, 0x08000000),
  congestion = ProtoField.bool("vcplane.efci", "Congestion met (E)", 32, nil, 0x04000000),
  low_priority = ProtoField.bool("vcplane.clp", "Low priority (C)", 32, nil, 0x02000000),
  user_to_user = ProtoField.bool("vcplane.uu", "User to user (U)", 32, nil, 0x01000000),
  length = ProtoField.uint32("vcplane.length", "Length, 0 for 64 and more", base.DEC, nil,
    0x003f0000),
  sequence = ProtoField.uint32("vcplane.sequence", "Sequence, 0 for none", base.DEC, nil, 0xffff),
  padding = ProtoField.bytes("vcplane.padding", "Ethernet's padding"),
}
vcplane.fields = field

local malformed = {
  short = ProtoExpert.new("vcplane.short", "Shorter than its control word says",
    expert.group.MALFORMED, expert.severity.ERROR),
  uncounted = ProtoExpert.new("vcplane.uncounted", "Short, and its length is not given",
    expert.group.MALFORMED, expert.severity.ERROR),
  nibble = ProtoExpert.new("vcplane.nibble", "Does not begin with a control word",
    expert.group.MALFORMED, expert.severity.ERROR),
}
vcplane.experts = malformed

vcplane.prefs.signaling_label = Pref.uint("Signaling label", 21, "What carries SSCOP")
vcplane.prefs.data_labels = Pref.range("Data labels", "64-65535",
  "What carries AAL5 SDUs behind a control word", 1048575)

local sscop = Dissector.get("sscop")
local data = Dissector.get("data")
local aal5_sdu = Dissector.get("mpls_pw_atm_aal5_sdu")

-- How many bytes of the payload are not padding; nil, and an expert's item, when it cannot be known.
local function payload_bytes(word, present, item)
  local length = bit.band(bit.rshift(word, 16), 0x3f)
  if length == 0 then
    if present < LENGTH_IS_COUNTED_BELOW then
      item:add_proto_expert_info(malformed.uncounted)
      return nil
    end
    length = present
  elseif length > present or length < CONTROL_WORD_BYTES then
    item:add_proto_expert_info(malformed.short)
    return nil
  end
  return length - CONTROL_WORD_BYTES
end

function vcplane.dissector(buffer, packet, tree)
  if buffer:len() < CONTROL_WORD_BYTES then
    return 0
  end
  local word_range = buffer(0, CONTROL_WORD_BYTES)
  local word = word_range:uint()
  local item = tree:add(vcplane, word_range)
  local word_item = item:add(field.word, word_range)
  for _, name in ipairs({"oam", "congestion", "low_priority", "user_to_user", "length",
                         "sequence"}) do
    word_item:add(field[name], word_range)
  end
  if bit.rshift(word, 28) ~= 0 then
    item:add_proto_expert_info(malformed.nibble)
    return data:call(buffer, packet, tree)
  end
  local count = payload_bytes(word, buffer:len(), item)
  if count == nil then
    return data:call(buffer(CONTROL_WORD_BYTES):tvb(), packet, tree)
  end
  local after = CONTROL_WORD_BYTES + count
  if after < buffer:len() then
    item:add(field.padding, buffer(after))
  end
  if count > 0 then
    local is_cell = bit.band(word, 0x08000000) ~= 0
    local inner = is_cell and data or sscop
    inner:call(buffer(CONTROL_WORD_BYTES, count):tvb(), packet, tree)
  end
  return buffer:len()
end

-- The labels that are registered, to take them back when preferences change.
local labels = DissectorTable.get("mpls.label")
local signaling_label
local data_labels

local function register()
  if data_labels ~= nil then
    labels:remove(data_labels, aal5_sdu)
    labels:remove(signaling_label, vcplane)
  end
  signaling_label = vcplane.prefs.signaling_label
  data_labels = vcplane.prefs.data_labels
  labels:add(data_labels, aal5_sdu)
  labels:set(signaling_label, vcplane)
end

vcplane.prefs_changed = register
register()
