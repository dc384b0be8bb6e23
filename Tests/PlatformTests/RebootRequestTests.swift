import Platform
import Testing

@Suite struct RebootRequestTests {
    @Test func `a boot has one number as long as it lasts, and lasts since process 1 was started`() throws {
        let boot = try RebootRequest.boot()
        #expect(boot.split(separator: " ").count == 2 && !boot.hasSuffix(" 0"))
        #expect(try RebootRequest.boot() == boot)
        let uptime = try RebootRequest.uptime()
        #expect(uptime >= .zero)
        #expect(try RebootRequest.uptime() >= uptime)
    }

    @Test(arguments: [([], "asked for by packages"), (["a", "b"], "asked for by a, b")])
    func `who asks for a reboot is named`(packages: [String], words: String) {
        #expect(RebootRequest(packages: packages).words == words)
    }
}
