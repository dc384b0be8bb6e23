import HostConfig
import Platform
import Testing

@Suite struct UserSettingsTests {
    @Test func `a user is a name, and whatever else is named`() throws {
        let text = #"""
            "users": [{"name": "web"}, {"name": "box", "uid": 1200, "system": true, "groups": ["docker", "adm"], "home": "/srv/box",
            "shell": "/bin/sh", "subuid": "100000:65536", "linger": true}]
            """#
        let users = try ConfigFile.load(text).users
        #expect(users.map(\.user.name) == ["web", "box"])
        #expect(users[0].user == HostUser("web") && users[0].groups.isEmpty && !users[0].lingers)
        #expect(users[1].user.uid == 1200 && users[1].user.isSystem && users[1].user.hasSubordinates)
        #expect(users[1].groups == ["docker", "adm"] && users[1].subuid?.description == "100000:65536")
        #expect(users[1].subgid == nil && users[1].lingers && users[1].user.home == "/srv/box")
    }

    @Test(arguments: [
        (#"{"name": "root"}"#, "users[0].name: expected a user other than root"),
        (#"{"name": "a:b"}"#, "users[0].name: expected a Linux user name"),
        (#"{"name": "a", "uid": 0}"#, "users[0].uid: expected"),
        (#"{"name": "a", "groups": ["root"]}"#, "users[0].groups[0]: expected a group other than root"),
        (#"{"name": "a", "groups": ["b", "b"]}"#, "users[0].groups[1]: \"b\" is listed twice"),
        (#"{"name": "a", "home": "/home/../etc"}"#, "users[0].home: expected an absolute path"),
        (#"{"name": "a", "shell": "/bin/a:b"}"#, "users[0].shell: expected an absolute path"),
        (#"{"name": "a", "subuid": "0:1"}"#, "users[0].subuid: expected START:COUNT"),
        (#"{"name": "a", "subgid": "4294967295:2"}"#, "users[0].subgid: expected START:COUNT"),
        (#"{"name": "a"}, {"name": "a"}"#, "users[1]: \"a\" is listed twice"),
        (#"{"uid": 7}"#, "users[0]: missing field \"name\""),
    ])
    func `each mistake has its own words and place`(users: String, words: String) {
        let complaints = ConfigFile.complaints(ConfigFile.text("\"users\": [\(users)]"))
        #expect(complaints.count == 1 && complaints.allSatisfy { $0.contains(words) }, "\(complaints)")
    }

    @Test(arguments: [("1", nil), ("1024", 1024)] as [(String, Int?)])
    func `a swap file has a size in whole GiB`(size: String, wanted: Int?) throws {
        #expect(try ConfigFile.load("\"swap_gb\": \(size)").swapGB == wanted ?? 1)
        for bad in ["0", "1025", "1.5", "\"1\""] {
            #expect(!ConfigFile.complaints(ConfigFile.text("\"swap_gb\": \(bad)")).isEmpty, "\(bad)")
        }
    }
}
