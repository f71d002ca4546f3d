// One button that asks the browser where one stands; the position leaves it rounded to some 100 m.
export default function ({ data, parentElement, setStateValue }) {
  let box = parentElement.querySelector('.rv-small-bar');
  if (!box) {
    box = document.createElement('div');
    box.className = 'rv-small-bar';
    const button = document.createElement('button');
    button.type = 'button';
    const said = document.createElement('span');
    said.setAttribute('role', 'status');
    box.append(button, said);
    parentElement.append(box);
    button.addEventListener('click', () => {
      const words = parentElement.__words;
      if (!navigator.geolocation) { said.textContent = words.denied; return; }
      said.textContent = words.locating;
      navigator.geolocation.getCurrentPosition((found) => {
        said.textContent = '';
        const near = (x) => Math.round(x * 1e3) / 1e3;
        parentElement.__send('position', { lat: near(found.coords.latitude), lon: near(found.coords.longitude), at: Date.now() });
      }, () => { said.textContent = words.denied; }, { maximumAge: 60000, timeout: 10000 });
    });
  }
  parentElement.__words = data.words;
  parentElement.__send = setStateValue;
  box.querySelector('button').textContent = data.words.here;
}
