import Engine
import Platform
import Steps
import Support
import Testing

@Suite struct RefusalTests {
    @Test func `every reason why a command is no run says what happened, where, and what to do about it`() throws {
        let failure = StepFailure(SystemCallError("open", AwkwardPlace.path, code: 13))
        let examples: [Provisioning.Refusal] = [
            .selection(.nothingLeft), .moved(["layout: /srv: absent", "apt-packages: jq: absent"]),
            .lock(.held(path: "/l", holder: .processes(["process 7"])), root: AwkwardPlace.path), .rollback(failure),
            .stopped,
        ]
        #expect(ErrorWalk(Provisioning.Refusal.self, in: "Steps/Run/RunEnding.swift", examples).faults == [])
    }
}
