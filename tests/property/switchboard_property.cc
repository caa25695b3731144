#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "switchboard_model.h"

namespace rc {

template <>
struct Arbitrary<vcp::circuit::Step> {
  static Gen<vcp::circuit::Step> arbitrary() {
    using vcp::Status;
    using vcp::circuit::Act;
    using vcp::circuit::Step;
    const auto act = gen::map(gen::inRange(0, static_cast<int>(Act::kCount)),
                              [](int number) { return static_cast<Act>(number); });
    const auto sensible =
        gen::weightedOneOf<uint8_t>({{1, gen::just<uint8_t>(0)}, {3, gen::arbitrary<uint8_t>()}});
    const auto answer = gen::weightedElement<Status>(
        {{5, Status::kSuccess}, {4, Status::kPending}, {1, Status::kResources}});
    const auto miniport = gen::weightedElement<Status>(
        {{10, Status::kSuccess}, {1, Status::kResources}, {1, Status::kPending}});
    const auto outcome =
        gen::weightedElement<Status>({{4, Status::kSuccess}, {1, Status::kNotAccepted}});
    return gen::build<Step>(
        gen::set(&Step::act, act), gen::set(&Step::object), gen::set(&Step::other),
        gen::set(&Step::answer, answer), gen::set(&Step::outcome, outcome), gen::set(&Step::inside),
        gen::set(&Step::miniport, miniport), gen::set(&Step::sensible, sensible));
  }
};

}  // namespace rc

namespace vcp::circuit {

void showValue(const Step& step, std::ostream& out) {
  out << "{act " << static_cast<int>(step.act) << " object " << static_cast<int>(step.object)
      << " other " << static_cast<int>(step.other) << " answers " << StatusName(step.answer)
      << " outcome " << StatusName(step.outcome) << (step.inside ? " inside" : "") << " miniport "
      << StatusName(step.miniport) << " sensible " << static_cast<int>(step.sensible) << "}";
}

namespace {

// C50 to C88, C7 to C18, C20 to C27, C29 to C46, C102 to C107, C135 to C141 in whatever order
// chance brings them.
RC_GTEST_PROP(SwitchboardProperty, DoesWhatTheModelDoesAndLeavesNothing, ()) {
  const auto count = *rc::gen::inRange<size_t>(0, 600);
  const auto steps = *rc::gen::container<std::vector<Step>>(count, rc::gen::arbitrary<Step>());
  SwitchboardModel model;
  for (const Step& step : steps) model.Do(step);
  const bool by_surprise = *rc::gen::element(false, true);
  by_surprise ? model.RemoveAll() : model.EndAll();
}

}  // namespace
}  // namespace vcp::circuit
