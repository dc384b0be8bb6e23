import Engine
import Platform
import Privileged

/// A setting, of the kernel's, of the machine's itself, of a user's, a package's or a unit's, as a thing that is owned.
extension OwnedThing {
    /// A setting with its value, and the one that comes back when nobody wants this one any more.
    static func setting(_ name: String, _ value: String, before: String) -> OwnedThing {
        OwnedThing(.setting, name, content: "\(KernelSetting.plain(value))\n\(before)")
    }

    /// A setting's value as it was made.
    var settingValue: String? { settingLines?.first }
    /// A setting's value before that.
    var settingBefore: String? { settingLines?.last }

    private var settingLines: [String]? {
        guard kind == .setting, let content else { return nil }
        let lines = content.byteLines.map(String.init)
        return lines.count == 2 ? lines : nil
    }

    /// What a setting is now; nil when this host has none of that name.
    ///
    /// Blocks.
    func settingNow() throws(SystemCallError) -> String? {
        guard kind == .setting else { return nil }
        if let own = HostSetting(rawValue: name) { return try own.lasting() }
        if let own = UserAttributeName(name) { return try own.attribute.current(of: own.user) }
        if let own = SelectionName(name) { return try DpkgStatus.current().selection(own.package)?.rawValue }
        if let own = CapabilitiesName(name) { return try own.current() }
        if let own = UnitSetting(name) { return try own.current() }
        return try KernelSetting(name)?.current()
    }

    /// What was there before the first of our values, by the setting's name, whatever values came since.
    static func settingsBefore(_ owned: [OwnedThing]?) -> [String: String] {
        let first = (owned ?? []).compactMap { thing in thing.settingBefore.map { (thing.name, $0) } }
        return Dictionary(first, uniquingKeysWith: { older, _ in older })
    }
}

extension Remover {
    /// Gives a setting the value back that it had.
    func restore(_ thing: OwnedThing) async throws(StepFailure) {
        guard let before = thing.settingBefore else { return }
        if let own = SelectionName(thing.name), let selection = PackageSelection(rawValue: before) {
            return try await byApt("apt-mark \(selection == .hold ? "hold" : "unhold") \(own.package)") {
                () throws(PrivilegedError) in
                try await helper.select(selection, [own.package]) { _ in }
            }
        }
        if let own = UnitSetting(thing.name) { return try await own.restore(before, by: helper) }
        try await asRoot { () throws(PrivilegedError) in
            if let own = HostSetting(rawValue: thing.name) {
                try await helper.set(own, to: before)
            } else if let own = UserAttributeName(thing.name) {
                try await helper.set(own.attribute, of: own.user, to: before)
            } else if let own = CapabilitiesName(thing.name), let capabilities = FileCapabilities(before) {
                try await helper.give(capabilities, to: own.path, owner: user)
            } else {
                try await helper.set(KernelSettings([thing.name: before]))
            }
        }
    }
}
