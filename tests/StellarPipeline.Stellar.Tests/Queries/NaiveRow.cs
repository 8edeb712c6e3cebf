using System.Globalization;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>A row in memory: its key as numbers, and all its fields as text, in the order of the table's columns.</summary>
public sealed record NaiveRow(long[] Key, string?[] Fields)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>The fields on one line, for comparing.</summary>
    public string Line => string.Join('|', Fields.Select(value => value ?? "-"));

    public string? this[CopyTable table, string column] => Fields[table.Columns.ToList().IndexOf(column)];

    public static long Time(string text) =>
        (long)(DateTime.ParseExact(text, TimeFormat, CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal) - DateTime.UnixEpoch).TotalMicroseconds;

    public static DateTime Time(long microseconds) => DateTime.UnixEpoch.AddMicroseconds(microseconds);

    /// <summary>Fields as queries return them: addresses as strkeys, XDR in base 64.</summary>
    public static string?[] Readable(CopyTable table, string?[] row) =>
        [.. row.Select((field, column) => field is null ? null : table.Columns[column] switch
        {
            "operation_xdr" => Convert.ToBase64String(Convert.FromHexString(field)),
            "token_id" => StellarAddress.TextOf(Convert.FromHexString(field)),
            var name when name.EndsWith("account_id", StringComparison.Ordinal) => StellarAddress.TextOf(Convert.FromHexString(field)),
            _ => field,
        })];

    public static string LineOf(TransactionRow row) =>
        Join(row.ToId, row.Hash, row.FeeCharged, row.ResultCode, row.LedgerNumber, row.IsFeeBump, row.LedgerCreatedAt);

    public static string LineOf(OperationRow row) =>
        Join(row.Id, row.OperationType, row.OperationXdr, row.ResultCode, row.Successful, row.LedgerNumber, row.LedgerCreatedAt);

    public static string LineOf(StateChangeRow row) => Join(
        row.LedgerCreatedAt, row.ToId, row.OperationId, row.StateChangeId, row.Category, row.Reason, row.LedgerNumber, row.Account,
        row.Token, row.Amount, row.Signer, row.Spender, row.Creator,
        row.Destination, row.LiquidityPool, row.SignerWeightBefore, row.SignerWeightAfter, row.Threshold, row.ThresholdBefore,
        row.ThresholdAfter, row.TrustlineLimitBefore,
        row.TrustlineLimitAfter, row.Flags, row.DataEntryName, row.KeyValue, row.ToMuxedId);

    /// <summary>The page of a list that is asked for, found by sorting it and looking at every row.</summary>
    /// <param name="rows">The list.</param>
    /// <param name="key">The part of the key that orders it.</param>
    /// <param name="page">What is asked for.</param>
    /// <param name="time">The time of a row; null where lists have no range of times.</param>
    public static (List<string> Lines, bool HasMore) PageOf<TCursor>(
        IEnumerable<NaiveRow> rows, Func<NaiveRow, long[]> key, PageRequest<TCursor> page, Func<NaiveRow, long>? time)
        where TCursor : struct, IPageCursor<TCursor>
    {
        List<NaiveRow> ordered =
        [
            .. rows.Where(
                row =>
                    time is null || ((page.Range.Since is not { } since || Time(time(row)) >= since)
                        && (page.Range.Until is not { } until || Time(time(row)) <= until))),
        ];
        ordered.Sort((left, right) => Compare(key(left), key(right)) * (page.Order == SortOrder.Descending ? -1 : 1));
        if (page.From is { } from)
        {
            int sign = page.Order == SortOrder.Descending != page.IsBackward ? -1 : 1;
            ordered.RemoveAll(row => Compare(key(row), [.. from.Key]) * sign <= 0);
        }

        bool hasMore = ordered.Count > page.Limit;
        return ([.. (page.IsBackward ? ordered.TakeLast(page.Limit) : ordered.Take(page.Limit)).Select(row => row.Line)], hasMore);
    }

    public static int Compare(long[] left, long[] right)
    {
        for (int index = 0; index < left.Length; index++)
        {
            if (left[index] != right[index]) return left[index].CompareTo(right[index]);
        }

        return 0;
    }

    private static string Join(params object?[] fields) => string.Join('|', fields.Select(field => field switch
    {
        null => "-",
        bool value => value ? "t" : "f",
        DateTime time => time.ToString(TimeFormat, CultureInfo.InvariantCulture),
        _ => Convert.ToString(field, CultureInfo.InvariantCulture),
    }));
}
