namespace StellarPipeline.Archive.Transport;

/// <summary>A transport that accepts reports about wrong content.</summary>
public interface IArchiveFeedback
{
    /// <summary>Reports that the content of a file was wrong: its hash does not match its name, or it cannot be decompressed.</summary>
    /// <param name="path">The file's path in the archive.</param>
    /// <param name="source">The opened file; it may already be disposed.</param>
    /// <returns>True if the next attempt may read the file from another location.</returns>
    bool ReportWrongContent(string path, ArchiveObject source);
}
