using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Fuzz.Tests.Corpus;

/// <summary>The samples that are damaged: always those of a small generated archive, and recorded ones where they are.</summary>
internal sealed class FuzzCorpus
{
    private static readonly Lazy<FuzzCorpus> Loaded = new(() => new CorpusLoader().Load());

    /// <summary>The corpus, made once.</summary>
    public static FuzzCorpus Shared => Loaded.Value;

    /// <summary>Ledger entries, by type, so that each type is met as often: <see cref="LedgerEntryType"/> is the index.</summary>
    public required byte[][][] EntriesByType { get; init; }

    /// <summary>Ledger keys, by type.</summary>
    public required byte[][][] KeysByType { get; init; }

    /// <summary>Archive states.</summary>
    public required byte[][] States { get; init; }

    /// <summary>Files of ledger headers.</summary>
    public required SampleLedgerFile[] LedgerFiles { get; init; }

    /// <summary>Buckets.</summary>
    public required SampleBucket[] Buckets { get; init; }

    /// <summary>The one of <see cref="Buckets"/> that is of a hot-archive list.</summary>
    public required SampleBucket HotArchiveBucket { get; init; }
}
