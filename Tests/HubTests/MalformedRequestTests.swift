import Platform
import Testing

@testable import Hub

/// What is no request of RFC 9112 gets 400 and the end of the connection, and what comes behind it no answer.
@Suite struct MalformedRequestTests {
    /// What this machine's libmicrohttpd leaves to be refused; a release links one that leaves nothing.
    private static let refused = MalformedRequest.all.filter { $0.isRefused(by: HTTPServer.libraryVersion) }

    @Test(arguments: refused)
    func `what two readers could take for two things is refused, and ends the connection`(request: MalformedRequest)
        async throws
    {
        try await LiveHub.with { hub in
            let (codes, ends) = try await request.answers(at: hub.url)
            #expect(Set(codes) == ["400"] && ends, "\(codes) \(ends)")
        }
    }

    @Test func `what is a request is answered, and so is the one behind it`() async throws {
        try await LiveHub.with { hub in
            for request in MalformedRequest.sound {
                let (codes, _) = try await request.answers(at: hub.url)
                #expect(codes.count == 2 && codes.last == "200" && codes.first != "400", "\(request): \(codes)")
            }
        }
    }

    @Test(.enabled(if: HubProgram.released != nil, "needs the release: make dist"))
    func `a released hub refuses all of it, bare line feeds too, and answers what is a request`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/hub-strict-")
        defer { try? Folders.removeTree(folder) }
        try await HubProgram.serving("\(folder)/data", by: HubProgram.released) { url, _ in
            for request in MalformedRequest.all {
                let (codes, ends) = try await request.answers(at: url)
                #expect(codes == ["400"] && ends, "\(request.testDescription): \(codes) \(ends)")
            }
            for request in MalformedRequest.sound {
                let (codes, _) = try await request.answers(at: url)
                #expect(codes.count == 2 && codes.last == "200" && codes.first != "400", "\(request): \(codes)")
            }
        }
    }

    @Test(arguments: [
        ("0.9.75", "0.9.77", false), ("0.9.77", "0.9.77", true), ("1.0.1", "0.9.77", true), ("0.9.9", "0.9.77", false),
        ("0.10.0", "0.9.77", true), ("0.9.75", "", true),
    ])
    func `which library refuses what goes by its version's numbers`(version: String, since: String, isRefused: Bool) {
        #expect(MalformedRequest.isRefused(since: since, by: version) == isRefused)
    }
}
