using System.Globalization;

namespace StellarPipeline.HistoryModel.Rows;

/// <summary>
/// The five tables as CSV lines: NULL is nothing, an empty text is "", bytea is hex, times are whole seconds, booleans t and f.
/// </summary>
public static class HistoryCsv
{
    /// <summary>Table names, in the order of the schema.</summary>
    public static IReadOnlyList<string> Tables { get; } = ["transactions", "transactions_accounts", "operations", "operations_accounts",
        "state_changes"];

    /// <summary>A table's header line.</summary>
    public static string Header(string table) => table switch
    {
        "transactions" => "to_id,hash,fee_charged,result_code,ledger_number,is_fee_bump,ledger_created_at",
        "transactions_accounts" => "account_id,ledger_created_at,tx_to_id",
        "operations" => "id,operation_type,operation_xdr,result_code,successful,ledger_number,ledger_created_at",
        "operations_accounts" => "account_id,ledger_created_at,operation_id",
        _ => "ledger_created_at,to_id,operation_id,state_change_id,state_change_category,state_change_reason,ledger_number,account_id,"
            + "token_id,amount,"
            + "signer_account_id,spender_account_id,creator_account_id,destination_account_id,liquidity_pool_id,signer_weight_old,"
            + "signer_weight_new,threshold,"
            + "threshold_old,threshold_new,trustline_limit_old,trustline_limit_new,flags,data_entry_name,key_value,to_muxed_id",
    };

    /// <summary>A table's lines over several ledgers, sorted by its key as recorded files are.</summary>
    public static List<string> Lines(string table, IEnumerable<HistoryRows> ledgers) => table switch
    {
        "transactions" => [.. ledgers.SelectMany(static rows => rows.Transactions.OrderBy(static row => row.ToId).Select(row => Line(
            row.ToId, row.Hash, row.FeeCharged, row.ResultCode, rows.Ledger, row.IsFeeBump, rows.CloseTime)))],
        "operations" => [.. ledgers.SelectMany(static rows => rows.Operations.OrderBy(static row => row.Id).Select(row => Line(
            row.Id, row.Type, row.Xdr, row.ResultCode, row.Successful, rows.Ledger, rows.CloseTime)))],
        "transactions_accounts" => AccountLines(ledgers, static rows => rows.TransactionAccounts),
        "operations_accounts" => AccountLines(ledgers, static rows => rows.OperationAccounts),
        _ => [.. ledgers.SelectMany(static rows => rows.StateChanges.OrderBy(static row => (row.ToId, row.OperationId, row.Id))
            .Select(row => Line(
            rows.CloseTime, row.ToId, row.OperationId, row.Id, row.Category, row.Reason, rows.Ledger, row.Account, row.Token, row.Amount,
                row.Signer, null, row.Creator,
            row.Destination, row.Pool, row.WeightOld, row.WeightNew, row.Threshold, row.ThresholdOld, row.ThresholdNew, row.LimitOld,
                row.LimitNew, row.Flags,
            row.DataName, row.KeyValue, null)))],
    };

    /// <summary>A JSON object of texts as PostgreSQL prints a jsonb.</summary>
    public static string Json(params (string Key, string Value)[] members) =>
        "{" + string.Join(", ", members.Select(static member => $"\"{member.Key}\": \"{JsonText(member.Value)}\"")) + "}";

    private static string JsonText(string text) => string.Concat(text.Select(static letter => letter switch
    {
        '"' => "\\\"",
        '\\' => @"\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        < ' ' => $"\\u{(int)letter:x4}",
        _ => letter.ToString(),
    }));

    private static List<string> AccountLines(
        IEnumerable<HistoryRows> ledgers, Func<HistoryRows, HashSet<(string Account, long Id)>> pairs) =>
        [.. ledgers.SelectMany(rows => pairs(rows).Select(pair => (pair.Account, rows.CloseTime, pair.Id)))
            .OrderBy(static row => row.Account, StringComparer.Ordinal).ThenBy(static row => row.CloseTime).ThenBy(static row => row.Id)
            .Select(static row => Line(row.Account, row.CloseTime, row.Id))];

    private static string Line(params object?[] values) => string.Join(',', values.Select(static value => value switch
    {
        null => "",
        bool flag => flag ? "t" : "f",
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        string text => Quoted(text),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    }));

    private static string Quoted(string text) =>
        text.Length == 0 || text.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
