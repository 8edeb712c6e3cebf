namespace StellarPipeline.Postgres.Connections;

/// <summary>Reads libpq's keyword form: <c>host=db port=5432 dbname=wallet</c>.</summary>
/// <remarks>
/// Format: PostgreSQL manual, libpq, "Keyword/Value Connection Strings": pairs separated by spaces, values with spaces in single quotes, a
/// backslash before a quote or a backslash. Npgsql's <c>Keyword=Value;…</c> looks similar; it is recognized by its semicolons and by
/// keywords that libpq does not have.
/// </remarks>
internal static class ConnectionKeywords
{
    /// <summary>Reads the pairs of a text in this form.</summary>
    /// <param name="text">The address.</param>
    /// <returns>The pairs in their order; null if the text has another form.</returns>
    public static List<KeyValuePair<string, string>>? Read(string text)
    {
        if (Split(text) is not { Count: > 0 } pairs)
            return null;
        return pairs.TrueForAll(pair => ConnectionParameters.IsLibpqName(pair.Key)) ? pairs : null;
    }

    /// <summary>Reads the pairs into settings.</summary>
    /// <exception cref="ConnectionSettingsException">A value cannot be used; the message does not repeat it.</exception>
    public static (Npgsql.NpgsqlConnectionStringBuilder Settings, TransportSettings Transport) Parse(
        IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        var address = new ConnectionAddress();
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, string value) in pairs)
        {
            given.Add(name);
            if (value.Length == 0 && !ConnectionParameters.MayBeEmpty(name))
                DatabaseThrow.AddressValueEmpty(name);
            ConnectionParameters.Set(address, name, value);
        }

        address.TakeDefaults(given);
        return (address.Settings, address.Finish(""));
    }

    // Null if the text cannot be split into pairs, or if semicolons separate them.
    private static List<KeyValuePair<string, string>>? Split(string text)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        int position = 0;
        while (true)
        {
            while (position < text.Length && char.IsWhiteSpace(text[position])) position++;
            if (position == text.Length) return pairs;
            int equals = text.IndexOf('=', position);
            if (equals < 0) return null;
            string name = text[position..equals].TrimEnd();
            position = equals + 1;
            bool hasSpace = position < text.Length && char.IsWhiteSpace(text[position]);
            while (position < text.Length && char.IsWhiteSpace(text[position])) position++;
            if (hasSpace && BeginsPair(text, position))
            {
                // libpq would take the next pair for the value. More likely, the value is a variable that is not set.
                pairs.Add(new(name, ""));
                continue;
            }

            bool isQuoted = position < text.Length && text[position] == '\'';
            if (ReadValue(text, ref position) is not { } value) return null;
            if (!isQuoted && value.Contains(';', StringComparison.Ordinal)) return null;
            pairs.Add(new(name, value));
        }
    }

    private static bool BeginsPair(string text, int position)
    {
        int equals = text.IndexOf('=', position);
        return equals > 0 && ConnectionParameters.IsLibpqName(text[position..equals].TrimEnd());
    }

    private static string? ReadValue(string text, ref int position)
    {
        bool isQuoted = position < text.Length && text[position] == '\'';
        if (isQuoted) position++;
        var value = new System.Text.StringBuilder();
        while (position < text.Length)
        {
            char letter = text[position];
            if (isQuoted ? letter == '\'' : char.IsWhiteSpace(letter)) break;
            if (letter == '\\' && position + 1 < text.Length) letter = text[++position];
            value.Append(letter);
            position++;
        }

        if (!isQuoted) return value.ToString();
        bool isClosed = position < text.Length;
        position++;
        return isClosed ? value.ToString() : null;
    }
}
