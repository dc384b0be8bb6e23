@testable import Bundles
import Engine
import HostConfig
import Platform
@testable import Steps
import Testing

@Suite struct RequirementRunTests {
    /// Fails without a place of its own, such as a command.
    private struct PlacelessRequirement: Requirement {
        let place = "/srv/data/x"
        let ownedThings: [OwnedThing] = []
        func difference(_ context: StepContext) async throws(StepFailure) -> Difference? {
            throw StepFailure(.integrity, Explanation("no", hint: "h"))
        }
        func meet(_ context: StepContext) async throws(StepFailure) {}
    }

    @Test func `a failure without a place is told without one`() async throws {
        let text = #"{"bootstrap_user": "nobody", "bootstrap_root": "/srv/x", "host_id": "h"}"#
        let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        let declared = Declared(
            requirement: PlacelessRequirement(), bundle: "b", terms: RequirementTerms(name: nil), priority: 1)
        let run = RequirementRun(
            [declared], width: 1, configuration.requirements, StepContext(step: Requirements.name))
        let error = await #expect(throws: StepFailure.self) { try await run.run() }
        #expect(error?.explanation.summary == "no")
    }
}
