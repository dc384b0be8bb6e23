import Systemd
import Testing

@testable import Steps

@Suite struct UnitOfAStepTests {
    @Test(arguments: [
        ("service-a-b", "a-b.service"), ("timer-x", "x.timer"), ("socket-x", "x.socket"), ("path-x", "x.path"),
    ])
    func `the unit of a step is known by the step's name`(step: String, unit: String) {
        #expect(ServiceSpecification.unit(ofStep: step)?.text == unit)
    }

    @Test(arguments: ["layout", "service", "service-", "data-x", "unit-files", "apt-packages", "service-a b"])
    func `a step that is for no unit has none`(step: String) {
        #expect(ServiceSpecification.unit(ofStep: step) == nil)
    }
}
