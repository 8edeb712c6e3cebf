using System.Text;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Connections;

/// <summary>Reads libpq's <c>options</c>: settings in the form of the server's command line.</summary>
/// <remarks>
/// Format: pg_split_opts in src/backend/utils/init/postinit.c: words separated by white space; a backslash makes the next character
/// literal.
/// </remarks>
internal static class ServerOptions
{
    /// <summary>Takes <c>-c search_path=…</c> (also <c>-csearch_path=…</c> and <c>--search_path=…</c>) out of the options.</summary>
    /// <returns>False if there is none.</returns>
    public static bool TryTakeSearchPath(string options, out string searchPath, out string rest)
    {
        List<string> words = Split(options);
        searchPath = "";
        bool found = false;
        var kept = new List<string>();
        for (int index = 0; index < words.Count; index++)
        {
            int used = 1;
            string setting = words[index];
            if (setting == "-c" && index + 1 < words.Count)
            {
                setting = words[index + 1];
                used = 2;
            }
            else if (setting.StartsWith("--", StringComparison.Ordinal) || setting.StartsWith("-c", StringComparison.Ordinal))
            {
                setting = setting[2..];
            }

            if (setting.StartsWith("search_path=", StringComparison.OrdinalIgnoreCase))
            {
                searchPath = setting["search_path=".Length..];
                found = true;
            }
            else
            {
                kept.AddRange(words.GetRange(index, used));
            }

            index += used - 1;
        }

        rest = string.Join(
            ' ', kept.Select(word => word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(" ", "\\ ", StringComparison.Ordinal)));
        return found;
    }

    /// <summary>
    /// The settings in the options: <c>-c name=value</c>, <c>-cname=value</c>, <c>--name=value</c>, in their order.
    /// </summary>
    /// <remarks>A dash in a name means an underscore, as in get_option of src/backend/tcop/postgres.c.</remarks>
    public static IEnumerable<SessionSetting> Settings(string options)
    {
        List<string> words = Split(options);
        for (int index = 0; index < words.Count; index++)
        {
            string word = words[index];
            if (word == "-c" && index + 1 < words.Count)
                word = words[++index];
            else if (word.StartsWith("--", StringComparison.Ordinal) || word.StartsWith("-c", StringComparison.Ordinal))
                word = word[2..];
            else
                continue;
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                yield return new SessionSetting(word[..equals].Replace('-', '_'), word[(equals + 1)..]);
        }
    }

    private static List<string> Split(string options)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool open = false;
        for (int index = 0; index < options.Length; index++)
        {
            char letter = options[index];
            if (char.IsWhiteSpace(letter))
            {
                if (open)
                    words.Add(word.ToString());
                word.Clear();
                open = false;
                continue;
            }

            if (letter == '\\' && index + 1 < options.Length)
                letter = options[++index];
            word.Append(letter);
            open = true;
        }

        if (open)
            words.Add(word.ToString());
        return words;
    }
}
