import Glibc
import Platform
import Testing

@Suite struct FileCapabilitiesTests {
    @Test(arguments: [
        (["cap_net_bind_service"], "cap_net_bind_service=ep"), ([], "none"),
        (["cap_bpf", "cap_chown", "cap_chown"], "cap_chown,cap_bpf=ep"),
        (FileCapabilities.names, FileCapabilities.names.joined(separator: ",") + "=ep"),
    ])
    func `names are said in one word, by number, and read from it`(names: [String], text: String) throws {
        let capabilities = try #require(FileCapabilities(names: names))
        #expect(capabilities.text == text)
        #expect(FileCapabilities(text) == capabilities)
    }

    @Test(arguments: [
        "", "=ep", "cap_chown", "cap_none=ep", "cap_chown+ep", "0x", "0x01",
        "0x0z00000200040000000000000000000000000000",
        "CAP_CHOWN=ep",
    ])
    func `other words say none`(text: String) { #expect(FileCapabilities(text) == nil) }

    @Test(.enabled(if: geteuid() == 0, "root gives capabilities"))
    func `a file has what it is given, as getcap would say, until somebody writes to it`() throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/file-capabilities-")
        defer { try? Folders.removeTree(folder) }
        let path = "\(folder)/program"
        try Files.replace(path, with: Array("x".utf8), mode: 0o755)
        #expect(try FileCapabilities.of(path) == .none)
        // cap_setfcap is above 31; what is inheritable alone has no names here.
        let inheritable = "0x0000000200000000000400000000000000000000"
        for text in ["cap_net_raw=ep", "cap_chown,cap_setfcap=ep", inheritable, "none", "none", "cap_kill=ep"] {
            let file = try Descriptor.open(path, O_RDONLY)
            try #require(FileCapabilities(text)).give(to: file, path)
            let found = try FileCapabilities.of(path)
            #expect(found.text == text && (found.names == nil) == (text == inheritable))
        }
        let file = try #require(fopen(path, "a"))
        fputs("y", file)
        fclose(file)
        #expect(try FileCapabilities.of(path) == .none)
    }

    @Test func `what is not there is told of`() {
        #expect(throws: SystemCallError.self) { try FileCapabilities.of("/nonexistent/file") }
    }
}
