namespace StellarPipeline.Archive.Transport;

/// <summary>A transport that wants to know when what it gave was not the file that was asked for.</summary>
public interface IArchiveFeedback
{
    /// <summary>Says that the content of a file was wrong: it does not hash to its name, or cannot be decompressed.</summary>
    /// <param name="path">The file's path in the archive.</param>
    /// <param name="source">What was opened; it may be disposed already.</param>
    /// <returns>True when the file may come from another place the next time.</returns>
    bool ReportWrongContent(string path, ArchiveObject source);
}
