import Platform
import Testing

@Suite struct HostsTextTests {
    private static let text = "127.0.0.1\tlocalhost\n::1 ip6-localhost # node\n10.0.0.1 other db\n"
    private static let own = "127.0.1.1 node # host-bootstrap's \"hostname\"\n"

    @Test func `a host's name gets a line of its own, once, which goes with it`() {
        let named = HostsText(Self.text).naming("node")
        #expect(named == Self.text + Self.own)
        #expect(HostsText(named).naming("node") == named)
        #expect(
            HostsText(named).naming("node2").contains("node2") && !HostsText(named).naming("node2").contains("node #"))
        #expect(HostsText(named).naming(nil) == Self.text)
    }

    @Test(arguments: [("db", true), ("localhost", true), ("node", false), ("127.0.0.1", false), ("o", false)])
    func `a name is one of a line's words behind the address`(name: String, isThere: Bool) {
        #expect(HostsText(Self.text).names(name) == isThere)
        #expect((HostsText(Self.text).naming(name) == Self.text) == isThere)
    }
}
