using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Cli.Ledgers;

/// <summary>A ledger's header and its history rows as text, for printing.</summary>
internal sealed class ProjectedLedger
{
    private readonly Dictionary<CopyTable, IReadOnlyList<string?[]>> rows = [];

    private ProjectedLedger(StellarNetwork network) => Network = network;

    public StellarNetwork Network { get; }

    public uint Number { get; private init; }

    public uint Protocol { get; private init; }

    /// <summary>When it closed, in seconds since 1970-01-01 UTC: up to the year 294276, which .NET's time types cannot hold.</summary>
    public long ClosedSeconds { get; private init; }

    /// <summary>The same in milliseconds since 1970-01-01 UTC; null if the header has none.</summary>
    public ulong? ClosedMilliseconds { get; private init; }

    public string Hash { get; private init; } = "";

    public int MetaVersion { get; private init; }

    public long Bytes { get; private init; }

    /// <summary>Names of the assets of the contracts in the rows, as far as the ledger itself contains them.</summary>
    public IReadOnlyDictionary<Hash256, string> Assets { get; private set; } = new Dictionary<Hash256, string>();

    /// <summary>Rows of a table, each with its fields in the order of the table's columns.</summary>
    public IReadOnlyList<string?[]> Rows(CopyTable table) => rows.TryGetValue(table, out IReadOnlyList<string?[]>? found) ? found : [];

    public static ProjectedLedger Project(HistoryProjection projection, StellarNetwork network, ReadOnlySpan<byte> bytes, bool isWhole,
        LedgerFileLocation location, out LedgerView view)
    {
        if (isWhole) projection.Project(bytes, location);
        else projection.ProjectStart(bytes, location, out _);
        view = new LedgerReader(network.Id).ReadStart(bytes);
        LedgerHeaderEntryView header = view.HeaderEntry();
        var ledger = new ProjectedLedger(network)
        {
            Number = view.Sequence,
            Protocol = view.ProtocolVersion,
            ClosedSeconds = (long)view.CloseTimeSeconds,
            ClosedMilliseconds = header.Header.Value.CloseTimeMilliseconds,
            Hash = Convert.ToHexStringLower(header.Hash),
            MetaVersion = view.MetaVersion,
            Bytes = view.Length,
        };
        var pages = new List<RowPage>();
        projection.Take(pages);
        foreach (RowPage page in pages)
        {
            ledger.rows[page.Table] = new HistoryRowText(page.Table).Read(page.Memory.Span);
            page.Dispose();
        }

        ledger.Assets = LedgerAssets.Find(view.Encoded, network, ledger.Tokens());
        return ledger;
    }

    private HashSet<Hash256> Tokens()
    {
        int column = HistoryTables.StateChanges.Columns.ToList().IndexOf("token_id");
        IEnumerable<string> tokens = Rows(HistoryTables.StateChanges).Select(row => row[column]).OfType<string>();
        return [.. tokens.Distinct(StringComparer.Ordinal).Select(token => new Hash256(Convert.FromHexString(token).AsSpan(1)))];
    }
}
