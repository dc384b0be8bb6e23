import Platform
import Testing
import Transfer

@Suite struct SourceURLTests {
    @Test(arguments: [
        "https://a.example/x?sig=1", "file:///srv/x.tar", "http://127.0.0.1:8002/x", "http://localhost/x",
        "http://[::1]/x",
    ])
    func `https, files and loopback are taken`(text: String) throws { _ = try SourceURL(text) }

    @Test(arguments: [
        "http://example.org/x", "http://127.0.0.1.evil.example/x", "http://127.0.0.1@evil.example/", "ftp://a/x",
        "https:///x",
        "file://host/x", "x", "", "https://a b/", "http://0.0.0.0/x", "javascript:alert(1)", "http://localhost.evil/x",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: TransferError.self) { try SourceURL(text) }
    }

    @Test func `what may be secret is never shown`() throws {
        let url = try SourceURL("https://user:pass@a.example/p/x.tar?sig=SECRET#f")
        #expect("\(url)" == "https://a.example/p/x.tar")
        #expect(url.host == "a.example")
    }

    @Test func `a suffix goes on the path and the query stays`() throws {
        let url = try SourceURL("https://a.example/x.tar?sig=1").appendingToPath(".sha256")
        #expect(url.fileName == "x.tar.sha256")
        #expect(url == (try SourceURL("https://a.example/x.tar.sha256?sig=1")))
    }
}
