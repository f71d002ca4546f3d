/* Areas of a map: outlines as whole numbers of the Web Mercator plane, drawn on one canvas.
 *
 * Outlines come as GeoJSON or, for places of many thousands of areas, as levels of detail written
 * by revital.domain.area_levels. Only what is on screen is drawn, at the level that fits the zoom;
 * a change of colours is one repaint. The vertices live in flat arrays: no object per area.
 */
(function () {
  "use strict";
  const NO_DATA = 255;
  const BITS = 26; // of GeoJSON outlines: a pixel of zoom 18
  const TOGETHER = 20; // polygons of one canvas path: measured, more or fewer is slower
  const STROKE_FROM = 8; // px; below, white borders would hide the colour

  /* A file that is already inside the page needs no address: it is given as it is. */
  async function plain(source) {
    const answer = await source;
    if (!(answer instanceof Response)) return answer;
    if (!answer.ok) throw new Error(answer.url + " " + answer.status);
    if (!/\.gz$/.test(answer.url)) return answer;
    return new Response(answer.body.pipeThrough(new DecompressionStream("gzip")));
  }

  function ask(source) {
    return typeof source === "string" ? fetch(source) : source;
  }

  async function loadJson(source) {
    const got = await plain(ask(source));
    return got instanceof Response ? got.json() : got;
  }

  function project(lng, lat, bits) {
    const size = 2 ** bits, y = Math.sin((lat * Math.PI) / 180);
    return [
      Math.round(((lng + 180) / 360) * size),
      Math.round((0.5 - Math.log((1 + y) / (1 - y)) / (4 * Math.PI)) * size),
    ];
  }

  function unproject(x, y, bits) {
    const size = 2 ** bits;
    return [
      (360 / Math.PI) * Math.atan(Math.exp((1 - (2 * y) / size) * Math.PI)) - 90,
      (x / size) * 360 - 180,
    ];
  }

  function emptyLevel(count, rings, points, bits, until) {
    return {
      bits, until,
      xy: new Int32Array(2 * points),
      rings: new Uint32Array(rings + 1), // first vertex of each ring
      areas: new Uint32Array(count + 1), // first ring of each area
      box: new Int32Array(4 * count), // west, north, east, south
    };
  }

  function boxes(level) {
    const { areas, rings, xy, box } = level;
    for (let i = 0; i + 1 < areas.length; i++) {
      let w = 2 ** 30, n = 2 ** 30, e = -1, s = -1;
      for (let k = 2 * rings[areas[i]]; k < 2 * rings[areas[i + 1]]; k += 2) {
        if (xy[k] < w) w = xy[k];
        if (xy[k] > e) e = xy[k];
        if (xy[k + 1] < n) n = xy[k + 1];
        if (xy[k + 1] > s) s = xy[k + 1];
      }
      box.set([w, n, e, s], 4 * i);
    }
    return level;
  }

  function ringsOf(geometry) {
    return geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat();
  }

  function fromGeoJson(geo) {
    let rings = 0, points = 0;
    for (const f of geo.features)
      for (const ring of ringsOf(f.geometry)) { rings++; points += ring.length - 1; }
    const level = emptyLevel(geo.features.length, rings, points, BITS, Infinity);
    let r = 0, p = 0;
    geo.features.forEach((f, i) => {
      for (const ring of ringsOf(f.geometry)) {
        for (let k = 0; k + 1 < ring.length; k++) {
          level.xy.set(project(ring[k][0], ring[k][1], BITS), 2 * p);
          p++;
        }
        level.rings[++r] = p;
      }
      level.areas[i + 1] = r;
    });
    const of = (name) => geo.features.map((f) => f.properties[name]);
    return { ids: of("id"), names: of("name"), at: of("at"), levels: [boxes(level)] };
  }

  /* Undo revital.domain.area_levels.encode: whole numbers of variable length, as differences. */
  function decodeLevel(bytes, about, count) {
    const level = emptyLevel(count, about.rings, about.points, about.bits, about.until ?? Infinity);
    const { xy, rings, areas } = level;
    let at = 0, x = 0, y = 0, r = 0, p = 0;
    const next = () => {
      let value = 0, shift = 0, byte;
      do { byte = bytes[at++]; value |= (byte & 127) << shift; shift += 7; } while (byte > 127);
      return value >>> 0;
    };
    for (let i = 0; i < count; i++) {
      for (let left = next(); left > 0; left--) {
        for (let n = next(); n > 0; n--) {
          const a = next(), b = next();
          x += (a >>> 1) ^ -(a & 1);
          y += (b >>> 1) ^ -(b & 1);
          xy[2 * p] = x;
          xy[2 * p + 1] = y;
          p++;
        }
        rings[++r] = p;
      }
      areas[i + 1] = r;
    }
    return boxes(level);
  }

  async function fromFile(source, address) {
    const got = await plain(ask(source));
    const raw = await got.arrayBuffer();
    const length = new DataView(raw).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(raw, 4, length)));
    const count = head.ids.length;
    const levels = head.levels.map((about, i) => ({
      ...about,
      until: about.until ?? Infinity,
      bits: about.bits,
      load: i === 0
        ? async () => decodeLevel(new Uint8Array(raw, 4 + length), about, count)
        : async () => {
          const file = await plain(fetch(address.replace(/[^/]*$/, about.file)));
          return decodeLevel(new Uint8Array(await file.arrayBuffer()), about, count);
        },
    }));
    levels[0] = await levels[0].load();
    return { ids: head.ids, names: head.names, at: head.at, levels };
  }

  /* A canvas of areas; one per map. Fires "detail" when a finer level has come. */
  const AreaCanvas = L.Renderer.extend({
    options: { padding: 0.3 },

    initialize: function (shapes) {
      L.Renderer.prototype.initialize.call(this);
      Object.assign(this, shapes);
      this.count = shapes.names.length;
      this.codes = new Uint8Array(this.count);
      this.colours = ["#FFFFFF"];
      this.hatch = null;
      this._shown = this.levels[0];
    },

    _initContainer: function () {
      this._container = document.createElement("canvas");
      this._container.style.opacity = "0.85";
      this._ctx = this._container.getContext("2d");
    },

    _destroyContainer: function () {
      this._container.remove();
      delete this._container;
      delete this._ctx;
    },

    _update: function () {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize(), canvas = this._container;
      const m = L.Browser.retina ? 2 : 1;
      L.DomUtil.setPosition(canvas, this._bounds.min);
      canvas.width = m * size.x;
      canvas.height = m * size.y;
      canvas.style.width = size.x + "px";
      canvas.style.height = size.y + "px";
      this._ctx.scale(m, m);
      this._ctx.translate(-this._bounds.min.x, -this._bounds.min.y);
      this._origin = this._map.getPixelOrigin();
      this._paint();
    },

    /* Give each area a class; colours by class, a hatch where there is none. */
    recolour: function (codes, colours, hatch) {
      this.codes = codes;
      this.colours = colours;
      if (!this.hatch || this.hatch.join() !== hatch.join()) { this.hatch = hatch; this._pattern = null; }
      if (this._ctx && this._origin) this._paint();
    },

    fill: function (code) {
      if (code !== NO_DATA) return this.colours[code];
      if (!this._pattern) {
        const c = document.createElement("canvas");
        c.width = c.height = 8;
        const g = c.getContext("2d");
        g.fillStyle = this.hatch[0];
        g.fillRect(0, 0, 8, 8);
        g.strokeStyle = this.hatch[1];
        g.lineWidth = 1.4;
        for (const d of [-8, 0, 8]) {
          g.beginPath();
          g.moveTo(d - 1, 9);
          g.lineTo(d + 9, -1);
          g.stroke();
        }
        this._pattern = this._ctx.createPattern(c, "repeat");
      }
      return this._pattern;
    },

    /* The level that fits a zoom if it has come, asking for it if not. */
    _level: function (zoom) {
      const want = Math.max(0, this.levels.findIndex((l) => zoom <= l.until));
      this._ask(want);
      for (let i = want; i >= 0; i--) if (this.levels[i].xy) return this.levels[i];
      return this.levels[0];
    },

    _ask: function (i) {
      const level = this.levels[i];
      if (level.xy) return Promise.resolve(level);
      level.coming ??= level.load().then((done) => {
        this.levels[i] = done;
        if (this._map) {
          if (!this._map._animatingZoom) this._paint();
          this.fire("detail");
        }
        return done;
      }, (error) => { level.coming = undefined; console.error(error); });
      return level.coming;
    },

    finest: function () {
      return this._ask(this.levels.length - 1);
    },

    _trace: function (path, level, i, scale, skip) {
      const { xy, rings, areas } = level, ox = this._origin.x, oy = this._origin.y;
      for (let r = areas[i]; r < areas[i + 1]; r++) {
        let k = 2 * rings[r];
        const end = 2 * rings[r + 1];
        let lx = xy[k], ly = xy[k + 1];
        path.moveTo(lx * scale - ox, ly * scale - oy);
        for (k += 2; k < end; k += 2) {
          const x = xy[k], y = xy[k + 1];
          if (Math.abs(x - lx) + Math.abs(y - ly) < skip) continue;
          path.lineTo(x * scale - ox, y * scale - oy);
          lx = x; ly = y;
        }
        path.closePath();
      }
    },

    _paint: function () {
      const ctx = this._ctx, b = this._bounds, map = this._map;
      const level = this._shown = this._level(this._zoom);
      const scale = map.options.crs.scale(this._zoom) / 2 ** level.bits;
      const ox = this._origin.x, oy = this._origin.y, box = level.box, skip = 1 / scale;
      const west = (b.min.x + ox) / scale, east = (b.max.x + ox) / scale;
      const north = (b.min.y + oy) / scale, south = (b.max.y + oy) / scale;
      ctx.clearRect(b.min.x, b.min.y, b.max.x - b.min.x, b.max.y - b.min.y);
      const big = new Map(), small = new Map();
      for (let i = 0, k = 0; i < this.count; i++, k += 4) {
        if (box[k] > east || box[k + 2] < west || box[k + 1] > south || box[k + 3] < north) continue;
        const wide = Math.max(box[k + 2] - box[k], box[k + 3] - box[k + 1]) * scale;
        const kind = wide >= STROKE_FROM ? big : small;
        const code = this.codes[i];
        if (!kind.has(code)) kind.set(code, []);
        kind.get(code).push(i);
      }
      ctx.lineJoin = "round";
      ctx.lineWidth = 0.7;
      for (const [code, list] of small) {
        // A small area carries a border of its own colour: no light seams in dense places.
        const colour = this.fill(code);
        ctx.fillStyle = ctx.strokeStyle = colour;
        this._batches(list, (i, path) => {
          const k = 4 * i, w = (box[k + 2] - box[k]) * scale, h = (box[k + 3] - box[k + 1]) * scale;
          if (w < 1.5 && h < 1.5) path.rect(box[k] * scale - ox, box[k + 1] * scale - oy, Math.max(w, 1), Math.max(h, 1));
          else this._trace(path, level, i, scale, skip);
        }, (path) => { ctx.fill(path, "evenodd"); ctx.stroke(path); });
      }
      // Borders go over all colours, along the same paths.
      const paths = [];
      for (const [code, list] of big) {
        ctx.fillStyle = this.fill(code);
        this._batches(list, (i, path) => this._trace(path, level, i, scale, skip), (path) => {
          ctx.fill(path, "evenodd");
          paths.push(path);
        });
      }
      ctx.strokeStyle = "#FFFFFF";
      ctx.lineWidth = 0.6;
      for (const path of paths) ctx.stroke(path);
    },

    _batches: function (list, trace, finish) {
      for (let from = 0; from < list.length; from += TOGETHER) {
        const path = new Path2D();
        for (let j = from; j < Math.min(from + TOGETHER, list.length); j++) trace(list[j], path);
        finish(path);
      }
    },

    /* The area at a point, as it is drawn now; -1 outside every area. */
    find: function (lat, lng, level) {
      const { xy, rings, areas, box, bits } = level || this._shown;
      const [px, py] = project(lng, lat, bits);
      for (let i = 0, k = 0; i < this.count; i++, k += 4) {
        if (box[k] > px || box[k + 2] < px || box[k + 1] > py || box[k + 3] < py) continue;
        let odd = false;
        for (let r = areas[i]; r < areas[i + 1]; r++) {
          const end = rings[r + 1];
          for (let p = rings[r], q = end - 1; p < end; q = p++) {
            const yi = xy[2 * p + 1], yj = xy[2 * q + 1];
            if (yi > py !== yj > py && px < ((xy[2 * q] - xy[2 * p]) * (py - yi)) / (yj - yi) + xy[2 * p]) odd = !odd;
          }
        }
        if (odd) return i;
      }
      return -1;
    },

    /* Rings of an area as [lat, lng], at the finest level that has come. */
    outline: function (i) {
      const level = this.levels.findLast((l) => l.xy), out = [];
      for (let r = level.areas[i]; r < level.areas[i + 1]; r++) {
        const ring = [];
        for (let p = level.rings[r]; p < level.rings[r + 1]; p++)
          ring.push(unproject(level.xy[2 * p], level.xy[2 * p + 1], level.bits));
        out.push(ring);
      }
      return out;
    },

    /* Outer edges of a set of areas: in a coverage an inner edge is drawn twice, an outer once. */
    outerEdges: function (indices) {
      const { xy, rings, areas, bits } = this.levels.findLast((l) => l.xy), seen = new Map();
      for (const i of indices)
        for (let r = areas[i]; r < areas[i + 1]; r++)
          for (let p = rings[r], q = rings[r + 1] - 1; p < rings[r + 1]; q = p++) {
            const a = xy[2 * p] + " " + xy[2 * p + 1], b = xy[2 * q] + " " + xy[2 * q + 1];
            const key = a < b ? a + " " + b : b + " " + a;
            seen.set(key, seen.has(key) ? null : [p, q]);
          }
      const lines = [];
      for (const edge of seen.values())
        if (edge) lines.push(edge.map((p) => unproject(xy[2 * p], xy[2 * p + 1], bits)));
      return lines;
    },
  });

  /* `early`: an answer already asked for, so that outlines come while scripts do. */
  async function open(source, early) {
    const levels = typeof source === "string" && /\.areas\.gz$/.test(source);
    return new AreaCanvas(levels
      ? await fromFile(early || source, source)
      : fromGeoJson(await loadJson(early || source)));
  }

  window.revitalAreas = { open, loadJson, NO_DATA };
})();
