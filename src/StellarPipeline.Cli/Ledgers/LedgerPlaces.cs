using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.S3;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>Opens the places that commands name as sources of ledgers.</summary>
internal static class LedgerPlaces
{
    /// <summary>Opens stores, files, URLs, buckets (with signed requests if they require them) and standard input.</summary>
    public static Task<ILedgerSource> OpenAsync(
        IReadOnlyList<string> places, LedgerStoreOptions options, CancellationToken cancellationToken = default) =>
            LedgerSources.OpenAsync(places, options, S3Requests.WithSignatures(places), cancellationToken);
}
