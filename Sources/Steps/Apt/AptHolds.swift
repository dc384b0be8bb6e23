import Engine
import HostConfig
import Platform
import Privileged

/// Packages that stay in the version that they have: apt and dpkg pass them over.
struct AptHolds: Step {
    private static let name: StepID = "apt-hold"
    let id = Self.name
    let phase = Phase.install
    let needs: Set<StepID>
    private let packages: [String]
    private let apt: AptCommands

    /// The step that a host's packages are held by; nil when none are.
    static func id(_ host: Host) -> StepID? { host.configuration.apt.hold.isEmpty ? nil : name }

    init(_ host: Host) {
        packages = host.configuration.apt.hold.map(\.description)
        apt = AptCommands(helper: host.helper, settings: host.configuration.apt)
        needs = Set(["layout", AptPackages.id(host), AptDebs.id(host)].compactMap(\.self))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let packages = packages
        return try await onDisk { () throws(SystemCallError) in
            let status = try DpkgStatus.current()
            return packages.compactMap { package in
                let now = status.selection(package)
                return now == .hold
                    ? nil
                    : Difference(package, found: now?.rawValue ?? "absent", wanted: PackageSelection.hold.rawValue)
            }
        }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        let names = differences.map(\.what)
        let status = try await onDisk { () throws(SystemCallError) in try DpkgStatus.current() }
        if let absent = names.first(where: { status.selection($0) == nil }) {
            throw StepFailure(
                Explanation(
                    "it is not installed, so there is no version to hold", at: absent,
                    hint: "name it in \"apt_packages\", too, or leave it out of \"hold\""))
        }
        try await apt.select(.hold, names, context)
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let (packages, before) = (packages, OwnedThing.settingsBefore(context.owned))
        return try await onDisk { () throws(SystemCallError) in
            let status = try DpkgStatus.current()
            return packages.map { package in
                let name = SelectionName(package: package).text
                let now = (status.selection(package) ?? .install).rawValue
                return .setting(name, PackageSelection.hold.rawValue, before: before[name] ?? now)
            }
        }
    }

    func wants(_ thing: OwnedThing) -> Bool {
        thing.kind == .setting && packages.contains { SelectionName(package: $0).text == thing.name }
    }
}

/// How what dpkg is to do with a package is called as a setting that is owned.
struct SelectionName: Sendable {
    let package: String

    init(package: String) { self.package = package }

    /// Reads ``text``; nil for anything else.
    init?(_ text: String) {
        let words = text.parts(at: " ")
        guard words.count == 2, words[0] == "package" else { return nil }
        package = String(words[1])
    }

    var text: String { "package \(package)" }
}
