using Microsoft.Win32.SafeHandles;
using StellarPipeline.Archive.Transport.Cache;

namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>A disk with little room.</summary>
internal sealed class FakeVolume : CacheVolume
{
    private long written;

    /// <summary>What it says is free.</summary>
    public long Free { get; set; } = 1L << 40;

    /// <summary>Bytes that can be written before it is full.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>Called when a write does not fit.</summary>
    public Action? OnFull { get; set; }

    /// <summary>The error of flushing; null for none.</summary>
    public Exception? FlushError { get; set; }

    /// <summary>The error of writing; null for none.</summary>
    public Exception? WriteError { get; set; }

    /// <summary>Called when bytes are written, before their writer learns it; it may wait.</summary>
    public Func<Task>? OnWritten { get; set; }

    public static IOException FullError() => new("No space left on device.", 28);

    public override long? FreeBytes(string folder) => Free;

    public override async ValueTask WriteAsync(
        SafeFileHandle file, ReadOnlyMemory<byte> bytes, long offset, CancellationToken cancellationToken)
    {
        if (WriteError is not null)
            throw WriteError;
        if (Interlocked.Add(ref written, bytes.Length) > Capacity)
        {
            Interlocked.Add(ref written, -bytes.Length);
            OnFull?.Invoke();
            throw FullError();
        }

        await base.WriteAsync(file, bytes, offset, cancellationToken);
        if (OnWritten is { } wait)
            await wait().WaitAsync(cancellationToken);
    }

    public override void Flush(SafeFileHandle file)
    {
        if (FlushError is not null)
            throw FlushError;
        base.Flush(file);
    }
}
