// The contents of the information elements of Q.2931, Q.2971, Q.2963, Q.2962 and UNI 4.0 as values.
// Plain data: what may be in them besides what their types allow is said at each member. "Forward"
// is away from the caller. Values that the Recommendations reserve are kept as they are where
// nothing here depends on them: refusing them is call control's decision.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bounded_list.h"

namespace vcp::wire {

// Who defined an element's contents.
enum class Coding : uint8_t { kItu = 0, kIso = 1, kNational = 2, kNetwork = 3 };

// Q.2931 4.5.12: where a cause comes from.
enum class Location : uint8_t {
  kUser = 0,
  kPrivateLocal = 1,
  kPublicLocal = 2,
  kTransit = 3,
  kPublicRemote = 4,
  kPrivateRemote = 5,
  kInternational = 7,
  kBeyondInterworking = 10,
};

struct Cause {
  static constexpr size_t kMaxDiagnosticsBytes = 28;

  Coding coding = Coding::kItu;
  Location location = Location::kUser;
  uint8_t value = 0;  // 0 to 127; causes.def names them.
  BoundedBytes<kMaxDiagnosticsBytes> diagnostics;

  friend bool operator==(const Cause&, const Cause&) = default;
};

// 6 bits: the states of Q.2931, or REST 0 to 2 with the global call reference.
struct CallState {
  uint8_t state = 0;
  friend bool operator==(const CallState&, const CallState&) = default;
};

// Q.2971: a party of a point-to-multipoint call.
struct EndpointReference {
  bool to_allocator = false;  // The flag: this message goes to the side that chose the value.
  uint16_t value = 0;         // 15 bits.
  friend bool operator==(const EndpointReference&, const EndpointReference&) = default;
};

struct EndpointState {
  uint8_t state = 0;  // 6 bits.
  friend bool operator==(const EndpointState&, const EndpointState&) = default;
};

enum class AalType : uint8_t { kVoice = 0, k1 = 1, k2 = 2, k34 = 3, k5 = 5, kUser = 16 };

struct MultiplexingRange {
  uint16_t low = 0;
  uint16_t high = 0;
  friend bool operator==(const MultiplexingRange&, const MultiplexingRange&) = default;
};

// Which members an AAL type knows is the codec's table: others are bad content on the way in, and
// are not sent.
struct AalParameters {
  AalType type = AalType::k5;
  // AAL types 3/4 and 5.
  std::optional<uint16_t> forward_max_sdu_bytes;
  std::optional<uint16_t> backward_max_sdu_bytes;
  std::optional<MultiplexingRange> multiplexing_ids;  // AAL type 3/4.
  std::optional<uint8_t> mode;                        // UNI 3.0: 1 message, 2 streaming.
  std::optional<uint8_t> sscs;  // 0 null, 1 SSCOP assured, 2 not assured, 4 frame relay.
  // AAL type 1.
  std::optional<uint8_t> subtype;
  std::optional<uint8_t> rate;
  std::optional<uint16_t> rate_multiplier;
  std::optional<uint8_t> clock_recovery;
  std::optional<uint8_t> error_correction;
  std::optional<uint16_t> block_bytes;
  std::optional<uint8_t> partial_fill_bytes;

  BoundedBytes<4> user;  // AAL type "user".

  friend bool operator==(const AalParameters&, const AalParameters&) = default;
};

inline constexpr uint32_t kMaxCellRate = 0xffffff;  // Also the largest burst.

// One direction of a traffic descriptor, in cells per second and cells, 24 bits each. CLP 0 alone
// where the name says so, else CLP 0 and 1 together.
struct CellRates {
  std::optional<uint32_t> peak_clp0;
  std::optional<uint32_t> peak;
  std::optional<uint32_t> sustained_clp0;
  std::optional<uint32_t> sustained;
  std::optional<uint32_t> minimum;  // ABR, GFR.
  std::optional<uint32_t> burst_clp0;
  std::optional<uint32_t> burst;
  friend bool operator==(const CellRates&, const CellRates&) = default;
};

struct TrafficOptions {
  bool forward_frame_discard = false;
  bool backward_frame_discard = false;
  bool forward_tagging = false;
  bool backward_tagging = false;
  friend bool operator==(const TrafficOptions&, const TrafficOptions&) = default;
};

// The element holds 26 octets and a rate takes 4: six rates and the rest, or a message that cannot
// be emitted. No legal combination has more.
struct TrafficDescriptor {
  CellRates forward;
  CellRates backward;
  bool best_effort = false;
  std::optional<TrafficOptions> options;
  friend bool operator==(const TrafficDescriptor&, const TrafficDescriptor&) = default;
};

// Our own element, network specific (coding 3) under the traffic descriptor's number: rates of
// which 24 bits of cells per second, 6.44 Gbit/s, are too few. Bit/s of cell payload, 384 a cell.
//
//   octets 5-7   "VCP", so that nobody else's element is taken for it
//   then         sub-field identifier of the traffic descriptor, 8 octets of rate, any number of
//   times
//
// The standard element goes with it and says kMaxCellRate for what is too much for it; peers who do
// not know this one are told to discard it.
struct BitRates {
  std::optional<uint64_t> peak_clp0;
  std::optional<uint64_t> peak;
  std::optional<uint64_t> sustained_clp0;
  std::optional<uint64_t> sustained;
  std::optional<uint64_t> minimum;
  friend bool operator==(const BitRates&, const BitRates&) = default;
};
inline constexpr uint64_t kBitsPerCell = 384;

struct WideRates {
  BitRates forward;
  BitRates backward;
  friend bool operator==(const WideRates&, const WideRates&) = default;
};

// UNI 4.0 9.1.2.2; factors as the Recommendation codes them.
struct AbrSetup {
  struct Direction {
    std::optional<uint32_t> initial_rate;        // Cells per second, 24 bits.
    std::optional<uint32_t> transient_exposure;  // Cells, 24 bits.
    std::optional<uint8_t> rate_increase_factor;
    std::optional<uint8_t> rate_decrease_factor;
    friend bool operator==(const Direction&, const Direction&) = default;
  };
  Direction forward;
  Direction backward;
  std::optional<uint32_t> fixed_round_trip_us;  // 24 bits.
  friend bool operator==(const AbrSetup&, const AbrSetup&) = default;
};

// One record of presence bits and values (Nrm, Trm, CDF, ADTF) per direction, as it is.
struct AbrAdditional {
  std::optional<uint32_t> forward;
  std::optional<uint32_t> backward;
  friend bool operator==(const AbrAdditional&, const AbrAdditional&) = default;
};

enum class Origin : uint8_t { kUser = 0, kNetwork = 1 };

// UBR with a minimum: cells per second, 24 bits.
struct MinimumDesiredRate {
  Origin origin = Origin::kUser;
  uint32_t forward = 0;
  uint32_t backward = 0;
  friend bool operator==(const MinimumDesiredRate&, const MinimumDesiredRate&) = default;
};

enum class BearerClass : uint8_t { kA = 1, kC = 3, kX = 16, kTransparentVp = 24 };

struct BearerCapability {
  BearerClass bearer_class = BearerClass::kX;
  std::optional<uint8_t> transfer_capability;  // ATC, 7 bits.
  uint8_t clipping = 0;                        // 0 not susceptible, 1 susceptible.
  bool multipoint = false;
  friend bool operator==(const BearerCapability&, const BearerCapability&) = default;
};

// 7 bits of type: 0 ISO, 1 user, 2 profile of UNI 3.0, 3 vendor's application.
struct HighLayerInfo {
  uint8_t type = 0;
  BoundedBytes<8> octets;
  friend bool operator==(const HighLayerInfo&, const HighLayerInfo&) = default;
};

// Several low layers in order of preference; the only indication there is.
struct RepeatIndicator {
  friend bool operator==(const RepeatIndicator&, const RepeatIndicator&) = default;
};

inline constexpr uint8_t kLayer2Llc = 0x0c;
inline constexpr uint8_t kLayer2User = 0x10;
inline constexpr uint8_t kLayer3Tr9577 = 0x0b;
inline constexpr uint8_t kLayer3User = 0x10;
inline constexpr uint8_t kSnap = 0x80;

struct LowLayer2 {
  uint8_t protocol = 0;         // 5 bits.
  std::optional<uint8_t> mode;  // 1 normal, 2 extended; with it `q933_use`, 2 bits.
  uint8_t q933_use = 0;
  std::optional<uint8_t> window;  // 7 bits; needs a mode.
  std::optional<uint8_t> user;    // 7 bits, instead of those, with kLayer2User.
  friend bool operator==(const LowLayer2&, const LowLayer2&) = default;
};

struct SnapProtocol {
  uint32_t oui = 0;  // 24 bits.
  uint16_t protocol = 0;
  friend bool operator==(const SnapProtocol&, const SnapProtocol&) = default;
};

struct LowLayer3 {
  uint8_t protocol = 0;                // 5 bits.
  std::optional<uint8_t> mode;         // X.25, ISO 8208, X.223: 1 normal, 2 extended.
  std::optional<uint8_t> packet_size;  // 4 bits: log2 of the default; needs a mode.
  std::optional<uint8_t> window;       // 7 bits; needs a packet size.
  std::optional<uint8_t> user;         // 7 bits, with kLayer3User.
  std::optional<uint8_t> ipi;          // With kLayer3Tr9577.
  std::optional<SnapProtocol> snap;    // With an ipi of kSnap.
  friend bool operator==(const LowLayer3&, const LowLayer3&) = default;
};

struct LowLayerInfo {
  using Layer2 = LowLayer2;
  using Layer3 = LowLayer3;
  using Snap = SnapProtocol;

  std::optional<uint8_t> layer1;  // 5 bits.
  std::optional<Layer2> layer2;
  std::optional<Layer3> layer3;
  friend bool operator==(const LowLayerInfo&, const LowLayerInfo&) = default;
};

enum class NumberType : uint8_t { kUnknown = 0, kInternational = 1, kNational = 2 };  // 3 bits.
enum class NumberPlan : uint8_t { kUnknown = 0, kE164 = 1, kAesa = 2 };               // 4 bits.

struct PartyNumber {
  static constexpr size_t kMaxBytes = 20;

  NumberType type = NumberType::kUnknown;
  NumberPlan plan = NumberPlan::kAesa;
  BoundedBytes<kMaxBytes> octets;  // E.164: digits as ASCII.
  friend bool operator==(const PartyNumber&, const PartyNumber&) = default;
};

struct Screening {
  uint8_t presentation = 0;  // 0 allowed, 1 restricted, 2 not available.
  uint8_t screening = 0;     // 0 user, not screened; 1 passed; 2 failed; 3 network.
  friend bool operator==(const Screening&, const Screening&) = default;
};

// A number of which its owner may say who sees it, and the network whether it is true.
struct ScreenedNumber {
  PartyNumber number;
  std::optional<Screening> screening;
  friend bool operator==(const ScreenedNumber&, const ScreenedNumber&) = default;
};

struct Subaddress {
  uint8_t type = 0;  // 3 bits: 0 NSAP, 1 AESA, 2 user.
  bool odd = false;  // An odd number of digits, with type 2.
  BoundedBytes<20> octets;
  friend bool operator==(const Subaddress&, const Subaddress&) = default;
};

struct SendingComplete {
  friend bool operator==(const SendingComplete&, const SendingComplete&) = default;
};

struct TransitNetwork {
  Coding coding = Coding::kItu;
  uint8_t type = 2;        // 3 bits: 2 national.
  uint8_t plan = 1;        // 4 bits: 1 carrier identification code.
  BoundedBytes<4> digits;  // ASCII.
  friend bool operator==(const TransitNetwork&, const TransitNetwork&) = default;
};

struct TransitDelay {
  static constexpr uint16_t kAnyMaximum = 0xffff;

  Coding coding = Coding::kItu;
  std::optional<uint16_t> cumulative_ms;
  std::optional<uint16_t> maximum_ms;
  bool network_generated = false;
  friend bool operator==(const TransitDelay&, const TransitDelay&) = default;
};

struct OamTraffic {
  uint8_t shaping = 0;           // 2 bits.
  bool compliance = false;       // End-to-end flow is mandatory.
  uint8_t fault_management = 0;  // 3 bits.
  uint8_t forward_f5 = 0;        // 3 bits: 0 %, 0.1 %, 1 % of the traffic.
  uint8_t backward_f5 = 0;
  friend bool operator==(const OamTraffic&, const OamTraffic&) = default;
};

struct ConnectionScope {
  uint8_t type = 1;   // 7 bits: 1 organizational.
  uint8_t scope = 1;  // 1 to 15.
  friend bool operator==(const ConnectionScope&, const ConnectionScope&) = default;
};

// Leaf-initiated join (UNI 4.0 6).
struct LeafCallId {
  uint8_t type = 0;  // 4 bits: 0 chosen by the root.
  uint32_t id = 0;
  friend bool operator==(const LeafCallId&, const LeafCallId&) = default;
};
struct LeafParameters {
  uint8_t screening = 0;  // 2 bits: 0 the network joins without telling the root.
  friend bool operator==(const LeafParameters&, const LeafParameters&) = default;
};
struct LeafSequence {
  uint32_t number = 0;
  friend bool operator==(const LeafSequence&, const LeafSequence&) = default;
};

// Elements whose octets mean something only to others.
struct Opaque {
  BoundedBytes<128> octets;
  friend bool operator==(const Opaque&, const Opaque&) = default;
};
struct Facility : Opaque {};      // 0x91 and a ROSE APDU (Q.2932).
struct Notification : Opaque {};  // At least one octet.
struct UserUser : Opaque {};      // The first octet is a protocol discriminator.

struct GenericIdentifier {
  Coding coding = Coding::kNetwork;
  uint8_t standard = 0;     // 7 bits: 1 DSM-CC, 2 H.245.
  BoundedBytes<28> fields;  // Type, length, value; as many as fit.
  friend bool operator==(const GenericIdentifier&, const GenericIdentifier&) = default;
};

struct ConnectionIdentifier {
  enum class Association : uint8_t { kVpAssociated = 0, kExplicit = 1 };
  enum class Preference : uint8_t { kExclusive = 0, kAnyVci = 1, kNoVci = 4 };

  Association association = Association::kExplicit;
  Preference preference = Preference::kExclusive;
  uint16_t vpci = 0;
  uint16_t vci = 0;
  friend bool operator==(const ConnectionIdentifier&, const ConnectionIdentifier&) = default;
};

struct RestartIndicator {
  enum class Class : uint8_t { kVc = 0, kVpci = 1, kAll = 2 };
  Class restart_class = Class::kAll;
  friend bool operator==(const RestartIndicator&, const RestartIndicator&) = default;
};

// Class 0, unspecified, has the ITU's coding; 1 to 4 are the ATM Forum's, coding 3.
struct QosParameter {
  Coding coding = Coding::kItu;
  uint8_t forward = 0;
  uint8_t backward = 0;
  friend bool operator==(const QosParameter&, const QosParameter&) = default;
};

struct ExtendedQos {
  static constexpr uint32_t kAnyDelayVariation = 0xffffff;
  static constexpr uint8_t kAnyLossRatio = 0xff;

  struct Direction {
    std::optional<uint32_t> acceptable_delay_variation_us;  // 24 bits.
    std::optional<uint32_t> cumulative_delay_variation_us;  // 24 bits.
    std::optional<uint8_t> acceptable_loss_ratio;           // -log10.
    friend bool operator==(const Direction&, const Direction&) = default;
  };
  Origin origin = Origin::kUser;
  Direction forward;
  Direction backward;
  friend bool operator==(const ExtendedQos&, const ExtendedQos&) = default;
};

struct ReportType {
  enum class Type : uint8_t {
    kModificationConfirmation = 1,
    kClockRecovery = 2,
    kAvailability = 4,
    kAvailabilityRequest = 5,
    kAvailabilityComplete = 6,
  };
  Type type = Type::kModificationConfirmation;
  friend bool operator==(const ReportType&, const ReportType&) = default;
};

}  // namespace vcp::wire
