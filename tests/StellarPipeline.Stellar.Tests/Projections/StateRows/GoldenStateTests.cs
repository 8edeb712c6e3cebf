using System.Globalization;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.State;
using StellarPipeline.Stellar.Tests.Projections.History;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Tests.Projections.StateRows;

/// <summary>Every recorded ledger changes the current state as upstream's live ingestion does.</summary>
public sealed class GoldenStateTests
{
    private const uint RefundsAtTheEnd = 23;
    private const int DifferencesShown = 6;

    // Columns of the expected files that no row holds, or that a removal does not show.
    private static readonly HashSet<string> NotInRows =
        ["ledger_number", "action", "operation", "sort_phase", "sort_tx", "sort_op", "operation_id", "asset", "contract_uuid",
            "bytecode_length"];

    [SkippableTheory]
    [MemberData(nameof(GoldenSet.Names), MemberType = typeof(GoldenSet))]
    public void Encode_RecordedLedgers_GivesUpstreamsChanges(string name)
    {
        var set = GoldenSet.Open(name);
        var pool = new PagePool();
        var problems = new List<string>();
        var rows = new List<(uint Ledger, string Table, Dictionary<string, string?> Row)>();
        var refunded = new HashSet<(uint, string)>();
        var upgraded = new HashSet<string>();
        var changes = new NetChanges(LedgerEntryType.Account);
        using IRowEncoder<LedgerView> encoder = new StateProjection(set.Network()).CreateEncoder(pool);
        var reader = new LedgerReader(set.Network().Id);
        foreach (byte[] ledger in set.Ledgers())
        {
            LedgerView view = reader.Read(ledger);
            encoder.Encode(view);
            changes.Read(view);
            for (int index = 0; index < changes.Count; index++)
            {
                if (changes[index].Phase == NetPhase.Upgrade)
                    upgraded.Add($"{view.Sequence} 30{Convert.ToHexStringLower(view.Encoded.Slice(changes[index].KeyOffset + 4, 32))}");
            }

            using var made = new ProjectedRows(1, 1);
            encoder.Flush(made);
            uint number = view.Sequence;
            rows.AddRange(made.Pages.SelectMany(page => StateRowText.Read(page).Select(row => (number, page.Table.Name, row))));
            rows.AddRange(((LedgerState)made.Facts!).ContractsOfOtherCode.Select(contract => (number, "protocol_contracts",
                new Dictionary<string, string?>
                {
                    ["contract_id"] = contract.Contract.ToString(),
                    ["wasm_hash"] = contract.Code.ToString(),
                })));
            if (view.ProtocolVersion < RefundsAtTheEnd) AddRefunded(view, refunded);
        }

        foreach (CopyTable table in StateTables.All) Compare(table.Name);
        Assert.True(problems.Count == 0, string.Join('\n', problems));
        Assert.Equal(0, pool.Outstanding);

        // Upstream does not read what upgrades change.
        bool IsOfUpgrade(uint ledger, Dictionary<string, string?> row) =>
            upgraded.Contains($"{ledger} {row.GetValueOrDefault("account_id")}");

        void Compare(string table)
        {
            (string header, List<string> lines) = set.Expected("changes-" + table);
            string[] columns = header.Split(',');
            List<string> wanted = [.. lines.Select(line => Expected(columns, line)).Order(StringComparer.Ordinal)];
            List<string> got =
                [.. rows.Where(row => row.Table == table && IsCompared(table, row.Row) && !IsOfUpgrade(row.Ledger, row.Row))
                    .Select(row => Actual(columns, table, row.Ledger, row.Row)).Order(StringComparer.Ordinal)];
            if (table == "native_balances")
            {
                // Upstream does not see these refunds: its balances are too low by them. Everything else of such an account is compared.
                wanted = [.. wanted.Select(line => WithoutBalance(line, refunded))];
                got = [.. got.Select(line => WithoutBalance(line, refunded))];
            }

            List<string> missing = [.. wanted.Except(got)];
            List<string> surplus = [.. got.Except(wanted)];
            if (missing.Count + surplus.Count == 0 && wanted.Count == got.Count) return;
            problems.Add($"{table}: {wanted.Count} wanted, {got.Count} made, {missing.Count} missing, {surplus.Count} surplus");
            problems.AddRange(missing.Take(DifferencesShown).Select(line => "  want " + line));
            problems.AddRange(surplus.Take(DifferencesShown).Select(line => "  got  " + line));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(GoldenSet.Names), MemberType = typeof(GoldenSet))]
    public void Read_RecordedLedgers_FindsWhereUpstreamSawTheLastChangeOfAnAccount(string name)
    {
        var set = GoldenSet.Open(name);
        var got = new List<string>();
        var refunded = new HashSet<(uint, string)>();
        var changes = new NetChanges(LedgerEntryType.Account);
        var reader = new LedgerReader(set.Network().Id);
        foreach (byte[] ledger in set.Ledgers())
        {
            LedgerView view = reader.Read(ledger);
            changes.Read(view);
            if (view.ProtocolVersion < RefundsAtTheEnd) AddRefunded(view, refunded);
            for (int index = 0; index < changes.Count; index++)
            {
                NetChange change = changes[index];
                if (change.IsCancelled || change.Phase == NetPhase.Upgrade) continue;
                string operation =
                    change.Kind switch { LedgerChangeKind.Removed => "REMOVE", LedgerChangeKind.Updated => "UPDATE", _ => "CREATE" };
                string account = "30" + Convert.ToHexStringLower(view.Encoded.Slice(change.KeyOffset + 4, change.KeyLength - 4));
                if (!refunded.Contains((view.Sequence, account)))
                {
                    got.Add(string.Create(CultureInfo.InvariantCulture,
                        $"{view.Sequence},{account},{operation},{(int)change.Phase},{change.Transaction + 1},{change.Operation}"));
                }
            }
        }

        (string header, List<string> lines) = set.Expected("changes-native_balances");
        string[] columns = header.Split(',');
        string[] compared = ["ledger_number", "account_id", "operation", "sort_phase", "sort_tx", "sort_op"];
        int[] places = [.. compared.Select(column => Array.IndexOf(columns, column))];
        IEnumerable<string> wanted = lines.Select(line => line.Split(','))
            .Where(fields => !refunded.Contains((uint.Parse(fields[0], CultureInfo.InvariantCulture), fields[1])))
            .Select(fields => string.Join(',', places.Select(place => fields[place])));
        List<string> expected = [.. wanted.Select(static line => line.Replace(",ADD,", ",CREATE,", StringComparison.Ordinal))];
        string[] missing = [.. expected.Except(got).Take(DifferencesShown)];
        string[] surplus = [.. got.Except(expected).Take(DifferencesShown)];
        Assert.True(missing.Length + surplus.Length == 0, $"want\n{string.Join('\n', missing)}\ngot\n{string.Join('\n', surplus)}");
        Assert.Equal(expected.Count, got.Count);
    }

    private static void AddRefunded(LedgerView ledger, HashSet<(uint, string)> refunded)
    {
        for (int index = 0; index < ledger.TransactionCount; index++)
        {
            LedgerChanges after = ledger.Transaction(index).ChangesAfter;
            for (int change = 0; change < after.Count; change++)
            {
                if (after[change] is { Kind: LedgerChangeKind.Updated, EntryType: LedgerEntryType.Account } updated)
                    refunded.Add((ledger.Sequence, "30" + Convert.ToHexStringLower(updated.KeyBody[4..])));
            }
        }
    }

    private static string WithoutBalance(string line, HashSet<(uint Ledger, string Account)> refunded)
    {
        string[] fields = line.Split(' ');
        string account = fields[1]["account_id=".Length..];
        return refunded.Contains((uint.Parse(fields[0], CultureInfo.InvariantCulture), account))
            ? string.Join(' ', fields.Where(field => !field.StartsWith("balance=", StringComparison.Ordinal))) : line;
    }

    // A contract's row that says only that there are balances in it, or that it runs code, is not in the expected files.
    private static bool IsCompared(string table, Dictionary<string, string?> row) => table != "contract_tokens" || row["code"] is not null;

    private static string Expected(string[] columns, string line)
    {
        var fields = columns.Zip(line.Split(',')).ToDictionary(pair => pair.First, pair => pair.Second);
        if (fields.TryGetValue("contract_uuid", out string? row)) fields["contract_id"] = row;
        bool isGone = fields.GetValueOrDefault("action") == "delete";
        return Line(columns, fields["ledger_number"], isGone, column => fields[column]);
    }

    private static string Actual(string[] columns, string table, uint ledger, Dictionary<string, string?> row)
    {
        bool isGone = row.GetValueOrDefault("is_gone") == "t";
        if (row.TryGetValue("last_modified_ledger", out string? modified))
            Assert.Equal(ledger.ToString(CultureInfo.InvariantCulture), modified);
        return Line(columns, ledger.ToString(CultureInfo.InvariantCulture), isGone, column =>
            column == "contract_id" && table == "protocol_contracts" && row[column]!.Length == 64 ? row[column]! : row[column] ?? "");
    }

    private static string Line(string[] columns, string ledger, bool isGone, Func<string, string> field)
    {
        // A removed balance in a contract shows nothing in upstream's file.
        bool isSac = columns.Contains("contract_uuid");
        IEnumerable<string> shown = columns.Where(column => !NotInRows.Contains(column))
            .Where(column => !(isSac && isGone && column is "balance" or "is_authorized" or "is_clawback_enabled" && isGone));
        return $"{ledger} {string.Join(' ', shown.Select(column => $"{column}={field(column)}"))} gone={isGone}";
    }
}
