namespace StellarPipeline.Postgres.Connections;

/// <summary>Reads libpq's file of named connections.</summary>
/// <remarks>
/// Format and places: PostgreSQL manual, libpq, "The Connection Service File": sections in brackets, <c>name=value</c> lines, # begins a
/// comment.
/// </remarks>
internal static class ServiceFile
{
    /// <summary>The parameters of a service, in their order.</summary>
    /// <param name="service">Its name.</param>
    /// <param name="file">The file that the address names; null for the default places.</param>
    /// <exception cref="ConnectionSettingsException">No file contains the service, or a line of it cannot be parsed.</exception>
    public static List<KeyValuePair<string, string>> Read(string service, string? file)
    {
        List<string> places = file is null ? UsualPlaces() : [file];
        foreach (string place in places)
        {
            if (!File.Exists(place))
                continue;
            if (Section(File.ReadAllLines(place), service, place) is { } found)
                return found;
        }

        DatabaseThrow.ServiceMissing(service, places);
        return [];
    }

    private static List<string> UsualPlaces()
    {
        var places = new List<string>();
        if (Environment.GetEnvironmentVariable("PGSERVICEFILE") is { Length: > 0 } named)
        {
            places.Add(named);
        }
        else
        {
            places.Add(
                Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
                    ".pg_service.conf"));
        }

        if (Environment.GetEnvironmentVariable("PGSYSCONFDIR") is { Length: > 0 } folder)
            places.Add(Path.Combine(folder, "pg_service.conf"));
        return places;
    }

    private static List<KeyValuePair<string, string>>? Section(string[] lines, string service, string place)
    {
        List<KeyValuePair<string, string>>? found = null;
        for (int index = 0; index < lines.Length; index++)
        {
            string line = lines[index].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line[0] == '[')
            {
                if (found is not null)
                    return found;
                found = line == $"[{service}]" ? [] : null;
                continue;
            }

            if (found is null)
                continue;
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                DatabaseThrow.ServiceLine(place, index + 1);
            found.Add(new(line[..equals].Trim(), line[(equals + 1)..].Trim()));
        }

        return found;
    }
}
