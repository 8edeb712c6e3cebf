using Npgsql;
using NpgsqlTypes;
using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.Stellar.Queries;

/// <summary>The values of a query, in the order of their numbers. Each has a type, so that no statement needs a cast.</summary>
internal sealed class Arguments
{
    private readonly List<NpgsqlParameter> values = [];

    /// <summary>The values.</summary>
    public IReadOnlyList<NpgsqlParameter> Values => values;

    /// <summary>Adds a value.</summary>
    /// <returns>Its placeholder in the text: $1, $2, …</returns>
    public string Add(long value) => Add(NpgsqlDbType.Bigint, value);

    /// <inheritdoc cref="Add(long)"/>
    public string Add(string value) => Add(NpgsqlDbType.Text, value);

    /// <inheritdoc cref="Add(long)"/>
    public string Add(ReadOnlyMemory<byte> value) => Add(NpgsqlDbType.Bytea, value.ToArray());

    /// <inheritdoc cref="Add(long)"/>
    public string Add(Guid value) => Add(NpgsqlDbType.Uuid, value);

    /// <inheritdoc cref="Add(long)"/>
    public string Add(DateTime value) => Add(NpgsqlDbType.TimestampTz, value.Kind == DateTimeKind.Utc ? value : value.ToUniversalTime());

    /// <inheritdoc cref="Add(long)"/>
    public string Add(long[] value) => Add(NpgsqlDbType.Array | NpgsqlDbType.Bigint, value);

    /// <inheritdoc cref="Add(long)"/>
    public string Add(string[] value) => Add(NpgsqlDbType.Array | NpgsqlDbType.Text, value);

    /// <inheritdoc cref="Add(long)"/>
    public string Add(DateTime[] value) => Add(NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, value);

    /// <summary>The condition for rows after a place, with a leading AND; empty if there is no place.</summary>
    /// <param name="columns">The columns of the key.</param>
    /// <param name="cursor">The place.</param>
    /// <param name="isDescending">Whether the order is descending.</param>
    /// <param name="beginsWithTime">Whether the first column is a time.</param>
    public string Beyond<TCursor>(IReadOnlyList<string> columns, TCursor? cursor, bool isDescending, bool beginsWithTime)
        where TCursor : struct, IPageCursor<TCursor>
    {
        if (cursor is not { } place) return "";
        string[] names = new string[columns.Count];
        for (int index = 0; index < names.Length; index++)
            names[index] = index == 0 && beginsWithTime ? Add(CursorText.Time(place.Key[0])) : Add(place.Key[index]);
        return $" AND {Keyset.Beyond(columns, isDescending, names)}";
    }

    /// <summary>The condition for a time range, with a leading AND; empty if it has no bound.</summary>
    public string Within(string column, TimeRange range)
    {
        string since = range.Since is { } first ? $" AND {column} >= {Add(first)}" : "";
        return since + (range.Until is { } last ? $" AND {column} <= {Add(last)}" : "");
    }

    private string Add(NpgsqlDbType type, object value)
    {
        values.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        return FormattableString.Invariant($"${values.Count}");
    }
}
