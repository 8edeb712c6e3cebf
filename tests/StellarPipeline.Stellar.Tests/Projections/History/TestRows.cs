using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>The rows that a ledger became, by column names.</summary>
internal sealed class TestRows
{
    private readonly Dictionary<string, List<Dictionary<string, string?>>> rows;

    private TestRows(Dictionary<string, List<Dictionary<string, string?>>> rows, HistoryCounts counts)
    {
        this.rows = rows;
        Counts = counts;
    }

    public HistoryCounts Counts { get; }

    public List<Dictionary<string, string?>> Transactions => rows["transactions"];

    public List<Dictionary<string, string?>> Operations => rows["operations"];

    public List<Dictionary<string, string?>> Changes => rows["state_changes"];

    public static TestRows Of(HistoryProjection projection, byte[] ledger)
    {
        projection.Project(ledger);
        var pages = new List<RowPage>();
        projection.Take(pages);
        var rows = HistoryTables.All.ToDictionary(table => table.Name, _ => new List<Dictionary<string, string?>>());
        foreach (RowPage page in pages)
        {
            foreach (string?[] fields in new HistoryRowText(page.Table).Read(page.Memory.Span))
                rows[page.Table.Name].Add(page.Table.Columns.Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second));
            page.Dispose();
        }

        return new TestRows(rows, projection.Counts);
    }

    /// <summary>State changes of an operation, from 1, as "CATEGORY REASON account amount", an account by its number.</summary>
    public string[] ChangesOf(int operation) => [.. Changes
        .Where(row => (long.Parse(row["operation_id"]!, System.Globalization.CultureInfo.InvariantCulture) & 0xFFF) == operation)
        .Select(
        row => $"{row["state_change_category"]} {row["state_change_reason"]} {Short(row["account_id"])} {row["amount"]}".TrimEnd())];

    /// <summary>The only state change of a category.</summary>
    public Dictionary<string, string?> Change(string category) => Assert.Single(Changes, row => row["state_change_category"] == category);

    /// <summary>Participants of an operation, from 1.</summary>
    public string[] ParticipantsOf(int operation) => [.. rows["operations_accounts"]
        .Where(row => (long.Parse(row["operation_id"]!, System.Globalization.CultureInfo.InvariantCulture) & 0xFFF) == operation)
        .Select(row => Short(row["account_id"]))];

    /// <summary>Participants of all transactions.</summary>
    public string[] TransactionParticipants => [.. rows["transactions_accounts"].Select(row => Short(row["account_id"]))];

    /// <summary>An address as its kind and, of one that is a number many times, that number.</summary>
    public static string Short(string? address)
    {
        if (address is null) return "";
        byte[] bytes = Convert.FromHexString(address);
        string kind = bytes[0] switch { 0x30 => "G", 0x10 => "C", 0x60 => "M", 0x98 => "T", 0xb8 => "X", 0x78 => "P", _ => "?" };
        return bytes[1..].All(value => value == bytes[1]) ? $"{kind}{bytes[1]}" : $"{kind}:{address[2..10]}";
    }

    /// <summary>A contract as <see cref="Short"/> shows it.</summary>
    public static string Contract(byte[] id) => Short("10" + Convert.ToHexStringLower(id));
}
