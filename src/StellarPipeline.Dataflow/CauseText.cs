namespace StellarPipeline.Dataflow;

/// <summary>Formats an error and its causes as one clause: many libraries put the reason into an inner exception.</summary>
internal static class CauseText
{
    private const int MaxCauses = 8;

    /// <summary>Formats an error and its causes.</summary>
    /// <param name="error">The outermost error.</param>
    /// <returns>The messages, outermost first, each once, without a full stop at the end. A message that only points to its inner exception
    /// is left out.</returns>
    public static string Of(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var messages = new List<string>();
        Exception? cause = error;
        for (int i = 0; cause is not null && i < MaxCauses; i++)
        {
            string message = cause.Message.Trim().TrimEnd('.');
            bool points = cause.InnerException is not null && message.Contains("inner exception", StringComparison.OrdinalIgnoreCase);
            if (message.Length > 0 && !points && !messages.Any(said => said.Contains(message, StringComparison.OrdinalIgnoreCase)))
                messages.Add(message);
            cause = cause.InnerException;
        }

        return messages.Count == 0 ? error.GetType().Name : string.Join(": ", messages);
    }

    /// <summary>Turns a clause into a sentence: it begins with a capital letter and ends with a full stop.</summary>
    /// <param name="clause">The clause; a sentence stays as it is.</param>
    public static string Sentence(string clause)
    {
        ArgumentNullException.ThrowIfNull(clause);
        string text = clause.Trim();
        if (text.Length == 0) return "";
        return $"{char.ToUpperInvariant(text[0])}{text[1..]}{(text[^1] is '.' or '!' or '?' or '…' ? "" : ".")}";
    }
}
