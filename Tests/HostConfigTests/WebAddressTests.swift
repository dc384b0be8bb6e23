import HostConfig
import Testing

@Suite struct WebAddressTests {
    @Test(arguments: [
        "https://example.com", "https://example.com/", "https://example.com:8443/a/b.tar.xz?x=1&y=/?",
        "https://1.2.3.4/a",
        "https://[2001:db8::1]:443/a", "https://user:p%40ss@example.com/a", "https://a_b.example.com./~x/%7e",
        "file:///srv/a.tar", "http://localhost:8002/a", "http://127.0.0.1/a", "http://127.255.0.9", "http://[::1]:80/",
    ])
    func `a download may come from there`(text: String) throws {
        #expect(try WebAddress(text).text == text)
    }

    @Test(arguments: [
        "", "example.com", "https:/example.com", "https://", "https:///a", "https://?q", "https://a b/",
        "https://é.com/",
        "https://a/\n", "https://a/#f", "https://a/%", "https://a/%0", "https://a/%zz", "https://a/%00", "https://a:0/",
        "https://a:65536/", "https://a:080/", "https://a:/", "https://a:b/", "https://[::1", "https://[a]/",
        "https://@a/", "https://a@b@c/", "https://-a/", "https://a-/", "https://a..b/", "https://a/[b]",
        "https://a\\b/",
        "https://a/\u{0}", "https://a/\"",
    ])
    func `what has not the form of a URL is refused`(text: String) {
        #expect(throws: WebAddressError.malformed) { try WebAddress(text) }
    }

    @Test(arguments: [
        "HTTPS://a/", "ftp://a/", "http://example.com/", "http://127.0.0.1.example.com/", "http://127.1/",
        "http://0177.0.0.1/",
        "http://2130706433/", "http://0x7f.0.0.1/", "http://127.0.0.256/", "http://localhost.example.com/",
        "http://localhost@example.com/", "http://127.0.0.1:80@example.com/", "http://[::2]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/", "wss://a/", "ws://localhost/",
    ])
    func `a download comes from nowhere else`(text: String) {
        #expect(throws: WebAddressError.scheme(.download)) { try WebAddress(text) }
    }

    @Test(arguments: ["file://", "file:///", "file:///a/../b", "file:///a//b", "file:///a/%2e%2e/b", "file:///a/"])
    func `a file has a path in its shortest form`(text: String) {
        #expect(throws: WebAddressError.path) { try WebAddress(text) }
    }

    @Test(arguments: ["file://host/a", "file:///a?b", "file:/a"])
    func `a file is on this machine and has no query`(text: String) {
        #expect(throws: WebAddressError.malformed) { try WebAddress(text) }
    }

    @Test func `each purpose has its schemes`() {
        let texts = ["https://a/", "http://a/", "http://[::1]/", "file:///a", "wss://a/", "ws://a/", "ws://localhost/"]
        let allowed = WebAddress.Purpose.allCases.map { purpose in
            texts.map { (try? WebAddress($0, for: purpose)) != nil ? "x" : "-" }.joined()
        }
        #expect(allowed == ["x-xx---", "x-x----", "x-x-x-x", "xxx----"])
    }

    @Test func `printing leaves out user, password and query`() throws {
        let address = try WebAddress("https://me:CANARY@example.com:81/a%20b?token=CANARY")
        #expect(address.description == "https://example.com:81/a%20b")
        #expect(String(reflecting: address) == address.description)
        #expect(try WebAddress("http://[::1]:8/").description == "http://[::1]:8/")
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!dumped.contains("CANARY"))
    }

    @Test func `a file's path is decoded`() throws {
        #expect(try WebAddress("file:///a%20b/%C3%A9%25").filePath == "/a b/é%")
        #expect(try WebAddress("https://a/b").filePath == nil)
    }
}
