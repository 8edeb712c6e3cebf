using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Tests.Projections.StateRows;

/// <summary>Rows of the wallet tables as text, field by field.</summary>
internal static class StateRowText
{
    private const int NumericHeadBytes = 8;
    private const int DigitsOfGroup = 4;

    public static IEnumerable<Dictionary<string, string?>> Read(RowPage page)
    {
        var rows = new List<Dictionary<string, string?>>();
        ReadOnlySpan<byte> bytes = page.Memory.Span;
        while (bytes.Length > 0)
        {
            Assert.Equal(page.Table.Columns.Count, BinaryPrimitives.ReadInt16BigEndian(bytes));
            bytes = bytes[sizeof(short)..];
            var row = new Dictionary<string, string?>();
            foreach (string column in page.Table.Columns)
            {
                int length = BinaryPrimitives.ReadInt32BigEndian(bytes);
                bytes = bytes[sizeof(int)..];
                row.Add(column, length < 0 ? null : Show(page.Table.Name, column, bytes[..length]));
                bytes = bytes[Math.Max(0, length)..];
            }

            rows.Add(row);
        }

        Assert.Equal(page.RowCount, rows.Count);
        return rows;
    }

    private static string Show(string table, string column, ReadOnlySpan<byte> field) => column switch
    {
        "id" or "asset_id" => Uuid(field),
        "contract_id" when table == "sac_balances" => Uuid(field),
        "contract_id" when table == "contract_tokens" => Encoding.UTF8.GetString(field),
        "account_id" or "contract_id" or "wasm_hash" => Convert.ToHexStringLower(field),
        "balance" when table == "sac_balances" => Numeric(field),
        "is_authorized" or "is_clawback_enabled" or "is_gone" => field[0] == 0 ? "f" : "t",
        "num_subentries" or "flags" or "decimals" => BinaryPrimitives.ReadInt32BigEndian(field).ToString(CultureInfo.InvariantCulture),
        "last_modified_ledger" when field.Length == sizeof(int) =>
            BinaryPrimitives.ReadInt32BigEndian(field).ToString(CultureInfo.InvariantCulture),
        "code" or "issuer" or "type" or "name" or "symbol" or "pool_id" or "asset_a" or "asset_b" => Encoding.UTF8.GetString(field),
        _ => BinaryPrimitives.ReadInt64BigEndian(field).ToString(CultureInfo.InvariantCulture),
    };

    private static string Uuid(ReadOnlySpan<byte> field) => new Guid(field, bigEndian: true).ToString();

    // Groups of four decimal digits from a power of 10,000 downwards.
    private static string Numeric(ReadOnlySpan<byte> field)
    {
        int count = BinaryPrimitives.ReadInt16BigEndian(field);
        int weight = BinaryPrimitives.ReadInt16BigEndian(field[2..]);
        int scale = BinaryPrimitives.ReadInt16BigEndian(field[6..]);
        var whole = new StringBuilder("0");
        var fraction = new StringBuilder();
        for (int power = Math.Max(weight, 0); power >= -((scale + DigitsOfGroup - 1) / DigitsOfGroup); power--)
        {
            int index = weight - power;
            int digits = index < 0 || index >= count ? 0 : BinaryPrimitives.ReadInt16BigEndian(field[(NumericHeadBytes + (2 * index))..]);
            (power >= 0 ? whole : fraction).Append(digits.ToString("D4", CultureInfo.InvariantCulture));
        }

        string number = whole.ToString().TrimStart('0');
        return $"{(number.Length == 0 ? "0" : number)}.{fraction.ToString()[..scale]}";
    }
}
