namespace StellarPipeline.Stellar.Queries;

/// <summary>Keys as the input of a statement: <c>UNNEST($1, $2) AS i(id, at)</c>, or only ids if a time is missing.</summary>
internal sealed class EventKeys
{
    private readonly EventKey[] keys;
    private readonly string ids;
    private readonly string? times;

    private EventKeys(EventKey[] keys, string ids, string? times)
    {
        this.keys = keys;
        this.ids = ids;
        this.times = times;
    }

    /// <summary>The text after FROM: rows i with id, and with at if all times are known.</summary>
    public string Source => HasTimes ? $"UNNEST({ids}, {times}) AS i(id, at)" : $"UNNEST({ids}) AS i(id)";

    /// <summary>Whether all times are known.</summary>
    public bool HasTimes => times is not null;

    /// <summary>Adds the keys without duplicates.</summary>
    public static EventKeys Add(Arguments arguments, IEnumerable<EventKey> keys)
    {
        EventKey[] distinct = [.. keys.DistinctBy(key => key.Id)];
        string ids = arguments.Add(distinct.Select(key => key.Id).ToArray());
        bool hasTimes = distinct.Length > 0 && distinct.All(key => key.LedgerCreatedAt is not null);
        return new EventKeys(distinct, ids, hasTimes ? arguments.Add(distinct.Select(TimeOf).ToArray()) : null);
    }

    /// <summary>The condition that a row has the key's time, with a leading AND; empty if times are missing.</summary>
    public string PinTo(string column) => HasTimes ? $" AND {column} = i.at" : "";

    /// <summary>The condition that a row has one of the keys, for a scan. All times must be known.</summary>
    /// <remarks>The bounds let the planner skip chunks and TimescaleDB skip batches; a list alone does not always.</remarks>
    /// <param name="arguments">The values of the query.</param>
    /// <param name="time">The column of the time.</param>
    /// <param name="id">The column of the id.</param>
    /// <param name="idOf">Maps a key's id to the id in that column; null if they are the same.</param>
    public string AnyOf(Arguments arguments, string time, string id, Func<long, long>? idOf = null)
    {
        string wanted = idOf is null ? ids : arguments.Add(keys.Select(key => idOf(key.Id)).Distinct().ToArray());
        string first = arguments.Add(keys.Min(TimeOf)), last = arguments.Add(keys.Max(TimeOf));
        return $"{time} BETWEEN {first} AND {last} AND {time} = ANY ({times}) AND {id} = ANY ({wanted})";
    }

    private static DateTime TimeOf(EventKey key) => key.LedgerCreatedAt!.Value.ToUniversalTime();
}
