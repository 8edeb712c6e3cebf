namespace StellarPipeline.Stellar.Queries;

/// <summary>Keys as the input of a statement: <c>UNNEST($1, $2) AS i(id, at)</c>, or only ids if a time is missing.</summary>
internal sealed class EventKeys
{
    private EventKeys(string source, string pin)
    {
        Source = source;
        Pin = pin;
    }

    /// <summary>The text after FROM: rows i with id, and with at if all times are known.</summary>
    public string Source { get; }

    /// <summary>Whether all times are known.</summary>
    public bool HasTimes => Pin.Length > 0;

    private string Pin { get; }

    /// <summary>Adds the keys without duplicates.</summary>
    public static EventKeys Add(Arguments arguments, IEnumerable<EventKey> keys)
    {
        EventKey[] distinct = [.. keys.DistinctBy(key => key.Id)];
        string ids = arguments.Add(distinct.Select(key => key.Id).ToArray());
        if (distinct.Length == 0 || distinct.Any(key => key.LedgerCreatedAt is null)) return new EventKeys($"UNNEST({ids}) AS i(id)", "");
        string times = arguments.Add(distinct.Select(key => key.LedgerCreatedAt!.Value.ToUniversalTime()).ToArray());
        return new EventKeys($"UNNEST({ids}, {times}) AS i(id, at)", "i.at");
    }

    /// <summary>The condition that a row has the key's time, with a leading AND; empty if times are missing.</summary>
    public string PinTo(string column) => HasTimes ? $" AND {column} = {Pin}" : "";
}
