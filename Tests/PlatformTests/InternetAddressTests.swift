@testable import Platform
import Testing

@Suite struct InternetAddressTests {
    @Test(arguments: [
        ("8.8.8.8", true), ("100.63.255.255", true), ("100.128.0.1", true), ("172.32.0.1", true), ("192.1.2.3", true),
        ("2a01:4f8::1", true), ("2600::", true),
        ("10.1.2.3", false), ("100.64.0.1", false), ("127.0.0.1", false), ("169.254.169.254", false),
        ("172.16.0.1", false),
        ("172.31.255.255", false), ("192.168.0.1", false), ("198.19.0.1", false), ("203.0.113.9", false),
        ("0.0.0.0", false),
        ("224.0.0.1", false), ("255.255.255.255", false), ("::1", false), ("fe80::1", false), ("fd00::1", false),
        ("2001:db8::1", false),
    ])
    func `a public address is told from one of a network's own`(text: String, isPublic: Bool) throws {
        let address = try #require(InternetAddress(text))
        #expect(address.isPublic == isPublic && address.description == text)
    }

    @Test(arguments: [
        "", "a", "1.2.3", "1.2.3.4.5", "1.2.3.400", "1.2.3.4\n", " 1.2.3.4", "01.2.3.4", "g::1", "fe80::1%eth0",
    ])
    func `no other text is one`(text: String) { #expect(InternetAddress(text) == nil) }

    @Test func `the address of the routes is the one that a connection would have`() async throws {
        let program = """
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try: s.connect(("192.0.2.1", 9)); print(s.getsockname()[0])
            except OSError: print("none")
            """
        let told = try await Subprocess.run(Command("/usr/bin/python3", ["-c", program])).output.byteLines.first
        let own = InternetAddress.ofRoute()
        // A machine may have a route of IPv6 alone.
        if told != "none" { #expect(own?.description == told.map(String.init)) } else { #expect(own?.isPublic != true) }
    }
}
