import Digests
import Platform
import Testing

@testable import Hub

@Suite struct ArtifactRouteTests {
    @Test func `a file comes whole, with its digest as a strong tag`() async throws {
        try await LiveHub.with { hub in
            let bundle = try hub.bundle()
            let reply = try await hub.get(bundle.urlPath)
            #expect(reply.status == 200)
            #expect(Array(reply.body.utf8) == LiveHub.content)
            #expect(reply.headers["etag"] == "\"sha256-\(Digest.of(LiveHub.content).hex)\"")
            #expect(reply.headers["content-type"] == "application/x-xz")
            #expect(reply.headers["content-length"] == "1000")
            #expect(reply.headers["accept-ranges"] == "bytes")
            #expect(reply.headers["last-modified"]?.hasSuffix(" GMT") == true)

            let head = try await hub.get(bundle.urlPath, "-I")
            #expect(head.status == 200)
            #expect(head.headers["content-length"] == "1000")
            #expect(head.body.isEmpty)
        }
    }

    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=10-19", 10..<20), ("bytes=990-", 990..<1000), ("bytes=-7", 993..<1000),
        ("bytes=-5000", 0..<1000), ("bytes=990-5000", 990..<1000), ("BYTES=1-1", 1..<2),
        ("bytes=0-99999999999999999999999", 0..<1000),
    ])
    func `a range gets its part`(header: String, part: Range<Int>) async throws {
        try await LiveHub.with { hub in
            let reply = try await hub.get(hub.bundle().urlPath, "-H", "Range: \(header)")
            #expect(reply.status == 206)
            #expect(reply.headers["content-range"] == "bytes \(part.lowerBound)-\(part.upperBound - 1)/1000")
            #expect(Array(reply.body.utf8) == Array(LiveHub.content[part]))
        }
    }

    @Test(arguments: ["bytes=1000-", "bytes=5000-6000", "bytes=-0", "bytes=99999999999999999999-"])
    func `a range beyond the end gets 416 and the size`(header: String) async throws {
        try await LiveHub.with { hub in
            let reply = try await hub.get(hub.bundle().urlPath, "-H", "Range: \(header)")
            #expect(reply.status == 416)
            #expect(reply.headers["content-range"] == "bytes */1000")
        }
    }

    @Test(arguments: [
        "bytes=5-2", "bytes=--5", "bytes=-5-", "bytes=a-b", "bytes=", "bytes=-", "items=0-1", "bytes=0-1,5-6",
        "bytes=1",
        "bytes=+1-2",
    ])
    func `a range that makes no sense, or several at once, gets the whole file`(header: String) async throws {
        try await LiveHub.with { hub in
            let reply = try await hub.get(hub.bundle().urlPath, "-H", "Range: \(header)")
            #expect(reply.status == 200)
            #expect(reply.body.utf8.count == 1000)
        }
    }

    @Test func `If-Range gives a part of the same file only`() async throws {
        try await LiveHub.with { hub in
            let path = try hub.bundle().urlPath
            let whole = try await hub.get(path)
            let tag = try #require(whole.headers["etag"]), date = try #require(whole.headers["last-modified"])
            for (condition, status) in [(tag, 206), (date, 206), ("\"other\"", 200), ("W/\(tag)", 200), ("x", 200)] {
                let reply = try await hub.get(path, "-H", "Range: bytes=1-2", "-H", "If-Range: \(condition)")
                #expect(reply.status == status, "\(condition)")
            }
        }
    }

    @Test func `a client that has the file already gets 304`() async throws {
        try await LiveHub.with { hub in
            let path = try hub.bundle().urlPath
            let whole = try await hub.get(path)
            let tag = try #require(whole.headers["etag"]), date = try #require(whole.headers["last-modified"])
            for condition in [tag, "\"x\", W/\(tag)", "*"] {
                let reply = try await hub.get(path, "-H", "If-None-Match: \(condition)")
                #expect(reply.status == 304, "\(condition)")
                #expect(reply.headers["etag"] == tag)
                #expect(reply.body.isEmpty)
            }
            #expect(try await hub.get(path, "-H", "If-None-Match: \"x\"").status == 200)
            #expect(try await hub.get(path, "-H", "If-Modified-Since: \(date)").status == 304)
        }
    }

    @Test func `a file that changed on the disk gets another tag, not the recorded digest`() async throws {
        try await LiveHub.with { hub in
            let path = try hub.bundle().urlPath
            let before = try await hub.get(path).headers["etag"]
            try Files.replace("\(hub.folder)/data\(path)", with: Array(LiveHub.content.reversed()), mode: 0o644)
            let after = try await hub.get(path).headers["etag"]
            #expect(after != nil && after != before && after?.hasPrefix("\"sha256") == false)
        }
    }

    @Test func `an empty file and one with a range are answered`() async throws {
        try await LiveHub.with { hub in
            let path = try hub.hub.addBundle(hub.file("empty.txt", [])).urlPath
            #expect(try await hub.get(path).headers["content-length"] == "0")
            #expect(try await hub.get(path, "-H", "Range: bytes=0-").status == 416)
        }
    }

    @Test(arguments: [
        "/artifacts/../hub.db", "/artifacts/..%2fhub.db", "/artifacts/%2e%2e/hub.db", "/artifacts/%2e%2e%2fhub.db",
        "/artifacts/bundles/../../hub.db", "/artifacts/bundles/..%2F..%2Fhub.db", "/artifacts//etc/passwd",
        "/artifacts/%2fetc%2fpasswd", "/artifacts/%5c..%5chub.db", "/artifacts/..%c0%afhub.db", "/artifacts/./x",
        "/artifacts/outside", "/artifacts/link/hub.db", "/artifacts/fifo", "/artifacts/bundles", "/artifacts/bundles/",
        "/artifacts/bundles/tools.tar.xz/", "/artifacts/bundles/tools.tar.xz%00", "/artifacts/%252e%252e/hub.db",
        "/artifacts/bundles%2ftools.tar.xz",
    ])
    func `no path leads out of the folder, to a link, a fifo or a listing`(path: String) async throws {
        try await LiveHub.with { hub in
            _ = try hub.bundle()
            let folder = "\(hub.folder)/data/artifacts"
            try Files.replaceLink("\(folder)/outside", target: "../hub.db")
            try Files.replaceLink("\(folder)/link", target: "..")
            #expect(try await Subprocess.run(Command("/usr/bin/mkfifo", ["\(folder)/fifo"])).succeeded)
            let reply = try await hub.get(path)
            #expect(reply.status == 404)
            #expect(reply.errorCode == "not_found")
        }
    }

    @Test func `a query changes nothing and a name may be encoded`() async throws {
        try await LiveHub.with { hub in
            _ = try hub.bundle()
            #expect(try await hub.get("/artifacts/bundles/tools.tar.xz?a=%2e%2e/b").status == 200)
            #expect(try await hub.get("/artifacts/bundles/t%6fols.tar.xz").status == 200)
        }
    }
}
