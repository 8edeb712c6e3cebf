using Npgsql;
using NpgsqlTypes;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Values of a statement, in the order of their numbers. Each has a type, so that no statement needs a cast.</summary>
internal static class SqlValues
{
    /// <summary>Makes parameters of values: ledger numbers, counts, flags, texts, times, hashes, and lists of numbers or texts.</summary>
    public static IReadOnlyList<NpgsqlParameter> Of(params ReadOnlySpan<object?> values)
    {
        var parameters = new NpgsqlParameter[values.Length];
        for (int index = 0; index < values.Length; index++) parameters[index] = Of(values[index]);
        return parameters;
    }

    private static NpgsqlParameter Of(object? value) => value switch
    {
        uint ledger => Typed(NpgsqlDbType.Bigint, (long)ledger),
        long number => Typed(NpgsqlDbType.Bigint, number),
        bool flag => Typed(NpgsqlDbType.Boolean, flag),
        string text => Typed(NpgsqlDbType.Text, text),
        TimeSpan time => Typed(NpgsqlDbType.Double, time.TotalSeconds),
        long[] numbers => Typed(NpgsqlDbType.Array | NpgsqlDbType.Bigint, numbers),
        string[] texts => Typed(NpgsqlDbType.Array | NpgsqlDbType.Text, texts),
        Hash256 hash => Typed(NpgsqlDbType.Bytea, Bytes(hash)),
        null => Typed(NpgsqlDbType.Bytea, DBNull.Value),
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "Not a value of these statements."),
    };

    private static NpgsqlParameter Typed(NpgsqlDbType type, object value) => new() { Value = value, NpgsqlDbType = type };

    private static byte[] Bytes(Hash256 hash)
    {
        byte[] bytes = new byte[Hash256.LengthBytes];
        hash.CopyTo(bytes);
        return bytes;
    }
}
