using System.Text;

namespace StellarPipeline.Cli.Output;

/// <summary>Standard output or error that may be full, closed or gone: what cannot be written is dropped, and known.</summary>
/// <remarks>
/// Whether a line could be told decides nothing about what was done: a load that is committed must not end as a failure over it.
/// </remarks>
internal sealed class GuardedWriter(TextWriter inner) : TextWriter
{
    private volatile Exception? failure;

    /// <summary>The first error; null where everything was written.</summary>
    public Exception? Failure => failure;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Puts guarded writers in the place of both streams.</summary>
    /// <returns>That of standard output.</returns>
    public static GuardedWriter Install()
    {
        var output = new GuardedWriter(Console.Out);
        Console.SetOut(output);
        Console.SetError(new GuardedWriter(LiveRegion.Install(Console.Error)));
        return output;
    }

    /// <inheritdoc/>
    public override void Write(char value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (failure is not null) return;
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            failure = error;
        }
    }
}
