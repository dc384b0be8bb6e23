public import Engine
import Platform

/// Where bundles lie.
extension Receipt {
    /// The folders in which versions of each bundle were ever installed and may still lie.
    var bundleFolders: [String: [String]] {
        steps.reduce(into: [:]) { found, step in
            let folders = (step.value.owned ?? []).filter { $0.kind == .bundle }.map(\.name)
            if let name = BundleInstallation.bundle(ofStep: step.key), !folders.isEmpty { found[name] = folders }
        }
    }

    /// The folders of the bundles that have one of their own, as the last run left them.
    public var bundleRoots: [String: String] {
        steps.reduce(into: [:]) { found, step in
            guard let name = BundleInstallation.bundle(ofStep: step.key) else { return }
            found[name] = step.value.facts[BundleInstallation.rootFact]
        }
    }
}
