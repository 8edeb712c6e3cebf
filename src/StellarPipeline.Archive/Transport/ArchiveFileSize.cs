namespace StellarPipeline.Archive.Transport;

/// <summary>Whether a file exists, and its size.</summary>
/// <param name="IsFound">False if the archive does not contain the file.</param>
/// <param name="Bytes">Its stored (compressed) size in bytes; null if the file does not exist, or the server does not report its
/// size.</param>
public readonly record struct ArchiveFileSize(bool IsFound, long? Bytes);
