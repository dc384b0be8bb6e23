internal import JSON
import Platform

/// Whose the files of bundles may be.
extension HostConfiguration {
    /// Refuses one of whom the config does not say that the host has it.
    func checkBundleOwners(_ fields: Fields) {
        let known = Set(users.map(\.user.name) + [bootstrapUser])
        for (_, field) in Self.members("owner", ofEachIn: fields["bundles"]) {
            guard let owner = field.value.text, owner != "root", !known.contains(owner), !field.findings.isIncomplete
            else { continue }
            field.refuse(
                .contradiction,
                "\(Quoting.quote(owner)) is neither the bootstrap user nor in \"users\", so a host may not have it")
        }
    }
}
