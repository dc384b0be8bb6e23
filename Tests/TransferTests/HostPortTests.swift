import Glibc
import Testing
import Transfer

@Suite struct HostPortTests {
    @Test(arguments: [
        ("db.example:5432", "db.example", 5432), ("[2001:db8::1]:80", "2001:db8::1", 80),
        ("127.0.0.1:1", "127.0.0.1", 1),
    ])
    func `a host and a port are read`(text: String, host: String, port: UInt16) {
        let read = HostPort(text)
        #expect(read?.host == host && read?.port == port && read?.description == text)
    }

    @Test(arguments: [
        "", "h", "h:", ":1", "h:0", "h:65536", "h:+1", "h:-1", "h:1x", "-h:1", "h/x:1", "::1:1", "[h]:1", "[::1]",
        "h h:1",
    ])
    func `anything else is none`(text: String) {
        #expect(HostPort(text) == nil)
    }

    @Test func `a port that listens is reached, and one that does not is told with the reason`() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(listener, plain, length) == 0 && getsockname(listener, plain, &length) == 0
            }
        }
        try #require(code)
        let port = try #require(HostPort("127.0.0.1:\(UInt16(bigEndian: address.sin_port))"))
        #expect(await port.trouble(within: .seconds(5)) == "Connection refused")
        try #require(listen(listener, 4) == 0)
        #expect(await port.trouble(within: .seconds(5)) == nil)
        let nobody = try #require(HostPort("nobody.invalid:1"))
        #expect(await nobody.trouble(within: .seconds(5))?.hasPrefix("nobody.invalid does not resolve") == true)
    }
}
