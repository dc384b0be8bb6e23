import Engine
import Platform
@testable import Steps
@testable import Systemd
import Testing

@Suite struct UnitSettingTests {
    @Test(arguments: UnitSetting.Aspect.allCases)
    func `a unit's state is known by its name`(aspect: UnitSetting.Aspect) throws {
        let setting = UnitSetting(UnitPlace(try UnitName("fstrim.timer"), .system), aspect)
        let read = try #require(UnitSetting(setting.text))
        #expect(read.unit == setting.unit && read.aspect == aspect)
    }

    @Test(arguments: ["/home/u", "/srv/a home of two words"])
    func `a unit of a user's own is known by where its file would lie`(home: String) throws {
        let scope = UnitScope.user(number: Account.currentUser, home: home)
        let setting = UnitSetting(UnitPlace(try UnitName("a.socket"), scope), .boot)
        #expect(setting.text == "unit \(home)/.config/systemd/user/a.socket boot")
        let read = try #require(UnitSetting(setting.text))
        #expect(read.unit == setting.unit && read.place.scope == scope && read.aspect == .boot)
        #expect(UnitSetting("unit \(home)/systemd/user/a.socket boot") == nil)
    }

    @Test(arguments: [
        "unit a.service", "unit a boot", "unit a.service else", "package jq", "user a.service boot", "vm.swappiness",
        "",
    ])
    func `another setting is none of a unit's`(text: String) { #expect(UnitSetting(text) == nil) }

    @Test(arguments: [
        ("loaded", "enabled", "active", "simple", "enabled", "active"),
        ("loaded", "disabled", "failed", "", "disabled", "inactive"),
        ("loaded", "disabled", "activating", "notify", "disabled", "active"),
        // It has no [Install], or its work ends by itself: there is nothing to give back.
        ("loaded", "static", "inactive", "oneshot", nil, nil),
        ("not-found", "", "inactive", "", nil, nil), ("masked", "masked", "inactive", "", nil, nil),
    ])
    func `what can come back is whether it is enabled, and whether it runs`(
        load: String, file: String, active: String, type: String, boot: String?, activity: String?
    ) throws {
        var state = UnitState()
        (state.load, state.file, state.active, state.type) = (load, file, active, type)
        let unit = UnitPlace(try UnitName("a.service"), .system)
        #expect(UnitSetting(unit, .boot).value(in: state) == boot)
        #expect(UnitSetting(unit, .activity).value(in: state) == activity)
    }

    @Test func `a unit is older than a file that was changed after it began, and not when it never did`() throws {
        let path = "\(try Folders.makeTemporary(prefix: "/tmp/unit-setting-"))/x.conf"
        defer { try? Folders.removeTree(Files.folder(of: path)) }
        var state = UnitState()
        state.begunAt = 1
        #expect(try !state.isOlder(than: path))
        try Files.replace(path, with: [], mode: 0o644)
        #expect(try state.isOlder(than: path))
        state.begunAt = 0
        #expect(try !state.isOlder(than: path))
        state.begunAt = UInt64(Timestamp.now().milliseconds + 60_000) * 1000
        #expect(try !state.isOlder(than: path))
    }
}
