using System.Globalization;
using System.Numerics;
using Npgsql;

namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>Reads values of columns in the form of the rows.</summary>
internal static class FieldText
{
    /// <summary>An address.</summary>
    public static string Address(NpgsqlDataReader reader, int column) => StellarAddress.TextOf(reader.GetFieldValue<byte[]>(column));

    /// <summary>Bytes as lower-case hexadecimal digits.</summary>
    public static string Hex(NpgsqlDataReader reader, int column) => Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(column));

    /// <summary>A time, UTC.</summary>
    public static DateTime Time(NpgsqlDataReader reader, int column) => reader.GetFieldValue<DateTime>(column);

    /// <summary>An integer that is read as text, because it may need 128 bits.</summary>
    public static BigInteger Integer(NpgsqlDataReader reader, int column) =>
        BigInteger.Parse(reader.GetString(column), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
