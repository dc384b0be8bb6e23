import HostConfig
import Platform
import Testing

@testable import Steps

@Suite struct PreviousRunChecksTests {
    @Test func `what another bootstrap user made is refused, with the way out, and one's own and root's are not`()
        async throws
    {
        let top = try Folders.makeTemporary(prefix: "/tmp/previous-")
        defer { try? Folders.removeTree(top) }
        let text = """
            {"bootstrap_user": "daemon", "bootstrap_root": "\(top)/root", "host_id": "h",
             "environment_file": "/etc/previous-run-checks/none.env"}
            """
        let configuration = try HostConfiguration.load(Array(text.utf8), file: "host.json").get()
        let look = PreflightCheck.previousUser(configuration).look
        let passed = PreflightCheck.Finding.passed("nothing here is another bootstrap user's")
        #expect(await look() == passed)
        try Folders.make("\(top)/root")
        #expect(await look() == passed)
        let daemon = try #require(try await Account.lookUp("daemon"))
        try Files.setOwner("\(top)/root", user: daemon.user, group: daemon.group)
        #expect(await look() == passed)
        try Files.setOwner("\(top)/root", user: 65534, group: 65534)
        guard case .failed(let evidence, let hint) = await look() else { throw Unexpected() }
        #expect(evidence == "\(top)/root belongs to nobody: this host was provisioned as that user")
        #expect(hint.contains("sudo -u 'nobody' -H /") && hint.contains(" uninstall --root \(top)/root"), "\(hint)")
        #expect(hint.contains("\"bootstrap_user\""))
        // One cause is told once.
        guard case .passed = await PreflightCheck.rootWritable(configuration).look() else { throw Unexpected() }
    }

    private struct Unexpected: Error {}
}
