import Archives
import Platform

/// A bundle's manifest, read on a thread of its own as soon as it is unpacked, while the rest still is.
///
/// `bundle pack` puts it first. What is read so counts only if it did not come again later.
final class EarlyManifest: Sendable {
    typealias Reading = Result<(manifest: BundleManifest, check: ManifestCheck), BundleError>

    private enum State {
        case waiting, reading
        case read(Reading)
    }

    private let text: ManifestText
    private let state = Monitor(State.waiting)

    /// The one in this folder, of a bundle from this address.
    init(in folder: String, of url: String) {
        text = ManifestText(file: "\(folder)/\(BundleManifest.fileName)", name: "\(url): \(BundleManifest.fileName)")
    }

    /// Is told of what was unpacked, and begins with the manifest.
    func see(_ entries: [UnpackedEntry]) {
        guard entries.contains(where: { $0.path == BundleManifest.filePath }) else { return }
        let isFirst = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .reading
            return true
        }
        guard isFirst else { return }
        startThread { [self] in
            let reading = Reading { () throws(BundleError) in try BundleManifest.read(text) }
            state.change { $0 = .read(reading) }
        }
    }

    /// What was read, waited for; nil when nothing was.
    ///
    /// Blocks.
    func finished() -> Reading? {
        state.wait { state in
            switch state {
            case .waiting: .some(nil)
            case .reading: nil
            case .read(let reading): .some(reading)
            }
        }
    }
}
