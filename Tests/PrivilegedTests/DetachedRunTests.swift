@testable import Platform
@testable import Privileged
import Systemd
import Testing

@Suite struct DetachedRunTests {
    private let caller = Account(name: "ops", user: 1000, group: 1000, home: "/home/ops")

    @Test func `a detached run is this program as the user who asks, in the one unit of that user's`() throws {
        let service = try DetachedRun.service(for: caller, program: "/opt/agent")
        #expect(service.name.text == "host-bootstrap-run-1000.service")
        #expect(service.user == "ops" && service.program == "/opt/agent" && service.arguments == ["detached-run"])
    }

    @Test(
        .enabled(if: Account.currentUser == 0, "only root's helper takes requests"),
        arguments: [nil, "", "0", "-1", "x"])
    func `without a user whom sudo names, nothing is started`(number: String?) async throws {
        let program = Files.folder(of: try ProcessStart.executable()) + "/host-bootstrap"
        let request = #"{"request":{"id":1,"_1":{"startDetachedRun":{}}}}"# + "\n"
        let setting = number.map { ["SUDO_UID=\($0)"] } ?? ["-u", "SUDO_UID"]
        // The end of its input would stop the request: it comes once the answer is there.
        let (lines, sink) = AsyncStream.makeStream(of: String.self)
        let helper = try Coprocess(Command("/usr/bin/env", setting + [program, "privileged-helper"])) { sink.yield($0) }
        try helper.send(Array(request.dropLast().utf8))
        var answer = ""
        for await line in lines where line.hasFirstBytes(#"{"failed""#) || line.hasFirstBytes(#"{"done""#) {
            answer = line
            break
        }
        helper.closeInput()
        _ = await helper.wait(patience: .seconds(60))
        #expect(answer.contains("nobody knows who asks"), "\(answer)")
    }
}
