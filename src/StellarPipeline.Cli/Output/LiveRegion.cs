using System.Text;

namespace StellarPipeline.Cli.Output;

/// <summary>
/// Lines at the bottom of the terminal that are redrawn while all other output appears above them.
/// </summary>
/// <remarks>
/// It wraps standard error: each write first removes the lines, then writes the text, then redraws the lines. So no log line mixes with
/// them.
/// </remarks>
internal sealed class LiveRegion(TextWriter terminal) : TextWriter
{
    private readonly Lock gate = new();
    private IReadOnlyList<string> drawn = [];
    private IReadOnlyList<int> widths = [];
    private bool isInLine;

    /// <summary>The region of this process; null if standard error is not a terminal.</summary>
    public static LiveRegion? Current { get; private set; }

    /// <inheritdoc/>
    public override Encoding Encoding => terminal.Encoding;

    /// <summary>Wraps the writer of a terminal.</summary>
    public static TextWriter Install(TextWriter error)
    {
        if (!Terminal.IsLive) return error;
        return Current = new LiveRegion(error);
    }

    /// <summary>Draws lines in place of the previous ones.</summary>
    /// <param name="lines">The lines, which may contain colours; none to remove the region.</param>
    /// <param name="visible">How many columns each line fills.</param>
    public void Draw(IReadOnlyList<string> lines, IReadOnlyList<int> visible)
    {
        lock (gate)
        {
            if (isInLine) return;
            var text = new StringBuilder();
            Erase(text);
            drawn = lines;
            widths = visible;
            Put(text);
            terminal.Write(text.ToString());
            terminal.Flush();
        }
    }

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value + NewLine);

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value)) return;
        lock (gate)
        {
            var text = new StringBuilder();
            if (!isInLine) Erase(text);
            text.Append(value);

            // An unfinished line must not be overwritten.
            isInLine = !value.EndsWith('\n');
            if (!isInLine) Put(text);
            terminal.Write(text.ToString());
        }
    }

    /// <inheritdoc/>
    public override void Flush() => terminal.Flush();

    // A terminal that has become narrower has wrapped the old lines.
    private void Erase(StringBuilder text)
    {
        if (drawn.Count == 0) return;
        int columns = Terminal.Columns;
        int rows = widths.Sum(width => Math.Max(1, (width + columns - 1) / columns));
        text.Append('\r');
        if (rows > 1) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\e[{rows - 1}A");
        text.Append("\e[J");
    }

    private void Put(StringBuilder text) => text.AppendJoin("\r\n", drawn);
}
