import HostConfig
import Platform
import Testing

@testable import Steps

@Suite struct WorkPlacesTests {
    @Test func `what a killed run left is found where it worked, even if the config leads elsewhere since`()
        async throws
    {
        let top = try Folders.makeTemporary(prefix: "/srv/steps-tests-")
        defer { try? Folders.removeTree(top) }
        try Folders.make("\(top)/root/bootstrap")
        _ = try WorkPlaces.noted(for: try await Self.host(top, data: "\(top)/first"))
        for path in ["first/.staging-set-1/content", "first/.host-bootstrap-restoring-2", "first/.staging-set-mine"] {
            try Folders.make("\(top)/\(path)")
        }
        try WorkPlaces.noted(for: try await Self.host(top, data: "\(top)/second")).sweep()
        #expect(try Folders.names(in: "\(top)/first") == [".staging-set-mine"])
        let noted = try Files.text("\(top)/root/bootstrap/work-places") ?? ""
        #expect(noted.contains("\(top)/first/") && noted.contains("\(top)/second/"))
    }

    private static func host(_ top: String, data: String) async throws -> Host {
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "\(top)/root", "host_id": "h", "data": [{"name": "index",
            "path": "\(data)", "url": "file://\(top)/x.tar.gz", "files": ["a.bin"]}]}
            """
        return try await Host.look(HostConfiguration.load(Array(text.utf8), file: "host.json").get())
    }
}
