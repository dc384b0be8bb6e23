import Database
import Platform
import Support
import Testing

@testable import Hub

/// Keys of the delta service, as an operator lists, ends and revokes them.
@Suite struct DeltaKeyTests {
    @Test func `a key is listed, ends by itself or is revoked, and the last one leaves nothing open behind it`()
        async throws
    {
        try await LiveHub.with { hub in
            let data = "\(hub.folder)/data"
            let upload = { (key: String?) in
                let words = key.map { ["-H", "Authorization: Bearer \($0)"] } ?? []
                let form = ["-F", "workspace_path=mine", "-F", "bundle=@/etc/hostname"]
                return try await Reply.curl(words + form + ["\(hub.url)/api/v1/delta/upload"]).status
            }
            #expect(try await upload(nil) == 200)
            let made = try await HubProgram.run("add-key", "mine", "--expires", "12h", "--data", data)
            let key = String(made.output.dropLast())
            let other = try hub.hub.addDeltaKey("mine").text
            #expect(try await upload(key) == 200)
            #expect(try await upload(nil) == 401)

            let keys = try await HubProgram.run("list-keys", "--data", data).output.split(separator: "\n").map {
                $0.split(separator: "\t").map(String.init)
            }
            try #require(keys.count == 2 && keys.allSatisfy { $0.count == 5 }, "\(keys)")
            #expect(keys.map { $0[1] } == ["\(data)/workspaces/mine", "\(data)/workspaces/mine"])
            #expect(keys.map { $0[4] } == ["valid", "valid"] && keys[0][3] > keys[0][2] && keys[1][3] == "-")
            #expect(!keys.joined().contains { key.contains($0) || other.contains($0) })

            try hub.hub.store.local.write { database throws(DatabaseError) in
                try database.run("UPDATE delta_keys SET expires_at = issued_at WHERE expires_at IS NOT NULL", [])
            }
            #expect(try await upload(key) == 401)
            #expect(try await upload(other) == 200)
            let revoked = try await HubProgram.run("revoke-key", keys[1][0], "--data", data)
            #expect(revoked.exitCode == 0 && revoked.errors.contains("\(data)/workspaces/mine no more"))
            #expect(try await upload(other) == 401)
            #expect(try await upload(nil) == 401)
            #expect(try hub.hub.deltaKeys().map { $0[4] } == ["expired", "revoked"])
            let acts = try await HubProgram.run("audit", "--data", data).output
            #expect(acts.contains("key_revoked\t\(data)/workspaces/mine (\(keys[1][0]))"), "\(acts)")
        }
    }

    @Test(arguments: ["", "0", "%", "abcdefabcdef"]) func `what is no key's ID revokes none`(id: String) async throws {
        try await LiveHub.with { hub in
            _ = try hub.hub.addDeltaKey("mine")
            #expect(throws: HubError.self) { try hub.hub.revokeDeltaKey(id) }
            #expect(try hub.hub.deltaKeys().map { $0[4] } == ["valid"])
        }
    }
}
