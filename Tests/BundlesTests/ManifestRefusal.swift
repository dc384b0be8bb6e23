import Platform

@testable import Bundles

/// Why a manifest is refused; nil for a good one.
func refusal(of manifest: [UInt8]) -> String? {
    do throws(BundleError) {
        _ = try BundleManifest.read(ManifestText(manifest, name: "m"))
        return nil
    } catch {
        return error.explanation.problem
    }
}
