import Transfer

/// The checksums, signatures and manifests that were asked for, each fetched once in a run, whoever asks first.
///
/// What could not be fetched is not asked for again either: a run that is cut off waits for its server once.
actor PublishedTexts {
    private let downloader: Downloader
    private var texts: [SourceURL: Task<Result<[UInt8], TransferError>, Never>] = [:]

    init(_ downloader: Downloader) { self.downloader = downloader }

    /// The bytes at an address; the second asker waits for the first one's answer.
    func bytes(_ url: SourceURL, _ access: Access) async throws(TransferError) -> [UInt8] {
        while true {
            let task = texts[url] ?? fetch(url, access)
            texts[url] = task
            let result = await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
            if case .failure(.cancelled) = result {
                if texts[url] == task { texts[url] = nil }
                // It was the other asker who was stopped.
                if !Task.isCancelled { continue }
            }
            return try result.get()
        }
    }

    private func fetch(_ url: SourceURL, _ access: Access) -> Task<Result<[UInt8], TransferError>, Never> {
        let downloader = downloader
        return Task {
            do throws(TransferError) {
                return .success(try await downloader.bytes(url, access: access))
            } catch {
                return .failure(error)
            }
        }
    }
}
