internal import CArchive

/// Which library this program runs with.
public enum ArchivesLibrary {
    /// The version of libarchive, with what it reads compressed archives by.
    public static var version: String { String(cString: archive_version_details()) }
}
